package io.ebmspark.spark.sample;

import io.ebmspark.core.settings.BadSettingException;
import io.ebmspark.spark.data.encoding.Calendar;
import io.ebmspark.spark.data.encoding.ColumnKind;
import io.ebmspark.spark.data.encoding.ColumnValue;
import io.ebmspark.spark.data.encoding.Encoding;
import io.ebmspark.spark.data.encoding.RowEncoder;
import io.ebmspark.spark.data.features.ColumnTypes;
import io.ebmspark.spark.data.features.Features;
import io.ebmspark.spark.data.shards.Decimals;
import io.ebmspark.spark.data.shards.FewValues;
import io.ebmspark.spark.model.FeatureSettings;
import java.io.Serializable;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.catalyst.util.DateTimeUtils;
import org.apache.spark.sql.types.BooleanType;
import org.apache.spark.sql.types.ByteType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.DateType;
import org.apache.spark.sql.types.DecimalType;
import org.apache.spark.sql.types.FloatType;
import org.apache.spark.sql.types.IntegerType;
import org.apache.spark.sql.types.LongType;
import org.apache.spark.sql.types.ShortType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.types.TimestampNTZType;
import org.apache.spark.sql.types.TimestampType;
import org.jspecify.annotations.Nullable;

/** Makes drawn inputs rows of the table the model was trained on: its values, in its types. */
final class DrawnRows implements Serializable {
  private static final long serialVersionUID = 1;

  private static final double MICROS_A_DAY = 86_400e6;

  private final RowEncoder encoder;
  private final int[] places;
  private final DataType[] types;
  private final boolean packed;

  /** Whether a column is of dates, of which the time of day is not kept. */
  private final boolean[] isDate;

  /** Whether a column is of instants, which are drawn as times in a zone. */
  private final boolean[] isInstant;

  private final ZoneId zone;

  /** The lowest number of each column; where it is not clipped, that of its type. */
  private final double[] lowest;

  private final double[] highest;

  /** For each column, the decimal places its values are rounded to. */
  private final int[] decimals;

  /** For each column, the values between whose first and last no other is drawn; empty for any. */
  private final double[][] values;

  /**
   * Rows of a model.
   *
   * @param clip whether numbers and times are brought into the range of the training rows
   * @param session the time zone in which instants are times, if the model does not know its own
   * @throws BadSettingException if that range is not known
   */
  DrawnRows(FeatureSettings features, boolean clip, ZoneId session) {
    this.zone = features.zone().map(DateTimeUtils::getZoneId).orElse(session);
    this.encoder = features.encoder();
    this.places = encoder.inOrder();
    this.packed = features.packed();
    StructType schema = columns(features);
    this.types =
        Arrays.stream(plain(schema).fields()).map(StructField::dataType).toArray(DataType[]::new);
    this.isDate = new boolean[encoder.columns()];
    this.isInstant = new boolean[encoder.columns()];
    for (int i = 0; i < isDate.length && !packed; i++) {
      isDate[i] = schema.fields()[i].dataType() instanceof DateType;
      isInstant[i] = schema.fields()[i].dataType() instanceof TimestampType;
    }
    this.lowest = new double[encoder.columns()];
    this.highest = new double[encoder.columns()];
    // What overflows on the way to the table's units is as far as it gets, and not infinite.
    for (int i = 0; i < highest.length; i++) {
      boolean single = !packed && types[i] instanceof FloatType;
      highest[i] = single ? Float.MAX_VALUE : Double.MAX_VALUE;
      lowest[i] = -highest[i];
    }
    if (clip && features.lowest().isEmpty()) {
      throw new BadSettingException(
          "clip", "is true, and the model does not know the range of its training rows");
    }
    this.decimals =
        IntStream.range(0, encoder.columns())
            .map(i -> features.decimals().isEmpty() ? Decimals.NONE : features.decimals().get(i))
            .toArray();
    List<String> names = features.features().featureNames();
    this.values = new double[encoder.columns()][];
    for (int i = 0; i < values.length; i++) {
      List<Double> few = features.values().getOrDefault(names.get(i), List.of());
      values[i] = few.stream().mapToDouble(Double::doubleValue).toArray();
    }
    for (int i = 0; clip && i < lowest.length; i++) {
      Encoding encoding = features.encodings().get(names.get(i));
      if (encoding == null || encoding.isAmount()) {
        lowest[i] = features.lowest().get(i);
        highest[i] = features.highest().get(i);
      }
    }
  }

  /** The model's columns, in the types of the training table. */
  static StructType columns(FeatureSettings features) {
    StructType schema = new StructType();
    if (features.packed()) {
      return schema.add(features.columns().get(0), DataTypes.createArrayType(DataTypes.DoubleType));
    }
    for (String column : features.columns()) {
      schema = schema.add(column, type(features, column));
    }
    return schema;
  }

  /** An expression's type is not known, nor is any in a model of the first release. */
  private static DataType type(FeatureSettings features, String column) {
    String stored = features.types().get(column);
    if (stored != null && !features.expressions().containsKey(column)) {
      return DataType.fromDDL(stored);
    }
    Encoding encoding = features.encodings().get(column);
    if (encoding instanceof Calendar) {
      return DataTypes.TimestampNTZType;
    }
    return encoding != null && encoding.kind() == ColumnKind.TEXT
        ? DataTypes.StringType
        : DataTypes.DoubleType;
  }

  /** The same columns, times as Java has them without a zone. */
  static StructType plain(StructType schema) {
    StructType plain = new StructType();
    for (StructField field : schema.fields()) {
      boolean isTime = ColumnTypes.kind(field.dataType()).equals(Optional.of(ColumnKind.TIME));
      plain = plain.add(field.name(), isTime ? DataTypes.TimestampNTZType : field.dataType());
    }
    return plain;
  }

  /** Rows of plain types in those of a schema. */
  static Dataset<Row> typed(Dataset<Row> plain, StructType schema) {
    if (plain.schema().equals(schema)) {
      return plain;
    }
    return plain.select(
        Arrays.stream(schema.fields())
            .map(field -> Features.quoted(field.name()).cast(field.dataType()).as(field.name()))
            .toArray(Column[]::new));
  }

  /**
   * The rows of some chains, with the energies they have as rows of the table: of the values
   * nearest to where the chains ended.
   *
   * @param first the number of the first chain
   * @param states their ends, packed, in the model's units
   * @param energies of rows that are packed in the same way
   */
  List<Row> rows(long first, float[] states, UnaryOperator<float[]> energies) {
    int count = states.length / encoder.inputs();
    List<@Nullable Object[]> all = new ArrayList<>(count);
    float[] inputs = new float[states.length];
    boolean[] finite = new boolean[count];
    double[] numbers = new double[encoder.columns()];
    for (int row = 0; row < count; row++) {
      int at = row * encoder.inputs();
      @Nullable Object[] cells = encoder.decode(states, at, first + row);
      for (int i = 0; i < cells.length; i++) {
        if (cells[i] instanceof Double number) {
          double rounded = FewValues.nearest(values[i], Decimals.round(number, decimals[i]));
          double clipped = Math.min(Math.max(rounded, lowest[i]), highest[i]);
          double kept = isDate[i] ? Math.floor(clipped) : clipped;
          cells[i] = packed ? (Object) kept : cell(kept, types[i]);
        }
        if (isInstant[i] && cells[i] instanceof LocalDateTime time) {
          cells[i] = time.atZone(zone).toLocalDateTime(); // a clock put forward skips some
        }
        numbers[i] = ColumnValue.of(cells[i]);
      }
      finite[row] = encoder.encode(numbers, places, inputs, at);
      if (!finite[row]) {
        encoder.zeroNonFinite(inputs, at);
      }
      all.add(cells);
    }
    float[] found = energies.apply(inputs);
    List<Row> rows = new ArrayList<>(count);
    for (int row = 0; row < count; row++) {
      @Nullable Object[] drawn = all.get(row);
      @Nullable Object[] cells =
          packed ? new Object[] {drawn, null} : Arrays.copyOf(drawn, drawn.length + 1);
      // As in scoring, nothing is less usual than an overflow.
      boolean isKnown = finite[row] && Float.isFinite(found[row]);
      cells[cells.length - 1] = isKnown ? (double) found[row] : Double.POSITIVE_INFINITY;
      rows.add(RowFactory.create(cells));
    }
    return rows;
  }

  /** A number as a value of a type: the nearest there is. */
  private static Object cell(double number, DataType type) {
    double whole = Math.rint(number);
    if (type instanceof IntegerType) {
      return (int) whole;
    } else if (type instanceof LongType) {
      return (long) whole;
    } else if (type instanceof ShortType) {
      return (short) Math.min(Math.max(whole, Short.MIN_VALUE), Short.MAX_VALUE);
    } else if (type instanceof ByteType) {
      return (byte) Math.min(Math.max(whole, Byte.MIN_VALUE), Byte.MAX_VALUE);
    } else if (type instanceof BooleanType) {
      return number > 0.5;
    } else if (type instanceof FloatType) {
      return (float) number;
    } else if (type instanceof DecimalType decimal) {
      BigDecimal most =
          BigDecimal.TEN
              .pow(decimal.precision() - decimal.scale())
              .subtract(BigDecimal.ONE.movePointLeft(decimal.scale()));
      return BigDecimal.valueOf(number)
          .setScale(decimal.scale(), RoundingMode.HALF_EVEN)
          .min(most)
          .max(most.negate());
    } else if (type instanceof TimestampNTZType) {
      long micros = Math.round(number * MICROS_A_DAY);
      return LocalDateTime.ofEpochSecond(
          Math.floorDiv(micros, 1_000_000L),
          (int) Math.floorMod(micros, 1_000_000L) * 1_000,
          ZoneOffset.UTC);
    }
    return number;
  }
}
