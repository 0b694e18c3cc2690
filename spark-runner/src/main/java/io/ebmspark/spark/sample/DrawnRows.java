package io.ebmspark.spark.sample;

import io.ebmspark.core.settings.BadSettingException;
import io.ebmspark.spark.data.encoding.Calendar;
import io.ebmspark.spark.data.encoding.ColumnKind;
import io.ebmspark.spark.data.encoding.ColumnValue;
import io.ebmspark.spark.data.encoding.Encoding;
import io.ebmspark.spark.data.encoding.RowEncoder;
import io.ebmspark.spark.data.features.ColumnTypes;
import io.ebmspark.spark.data.features.Features;
import io.ebmspark.spark.model.FeatureSettings;
import java.io.Serializable;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.catalyst.util.DateTimeUtils;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;

/** Makes drawn inputs rows of the table the model was trained on: its values, in its types. */
final class DrawnRows implements Serializable {
  private static final long serialVersionUID = 1;

  private final RowEncoder encoder;
  private final int[] places;
  private final boolean packed;
  private final DrawnColumn[] columns;

  /**
   * Rows of a model.
   *
   * @param clip whether numbers and times are brought into the range of the training rows
   * @param session the time zone in which instants are times, if the model does not know its own
   * @throws BadSettingException if that range is not known
   */
  DrawnRows(FeatureSettings features, boolean clip, ZoneId session) {
    if (clip && features.lowest().isEmpty()) {
      throw new BadSettingException(
          "clip", "is true, and the model does not know the range of its training rows");
    }
    this.encoder = features.encoder();
    this.places = encoder.inOrder();
    this.packed = features.packed();
    this.columns = new DrawnColumn[encoder.columns()];
    StructField[] fields = columns(features).fields();
    List<String> names = features.features().featureNames();
    ZoneId zone = features.zone().map(DateTimeUtils::getZoneId).orElse(session);
    for (int i = 0; i < columns.length; i++) {
      DataType type = packed ? DataTypes.DoubleType : fields[i].dataType();
      columns[i] = new DrawnColumn(features, names.get(i), i, type, clip, zone);
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
      plain = plain.add(field.name(), plain(field.dataType()));
    }
    return plain;
  }

  static DataType plain(DataType type) {
    boolean isTime = ColumnTypes.kind(type).equals(Optional.of(ColumnKind.TIME));
    return isTime ? DataTypes.TimestampNTZType : type;
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
        cells[i] = columns[i].value(cells[i]);
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
}
