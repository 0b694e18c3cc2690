package io.ebmspark.spark.sample;

import io.ebmspark.spark.data.encoding.Encoding;
import io.ebmspark.spark.data.shards.Decimals;
import io.ebmspark.spark.data.shards.FewValues;
import io.ebmspark.spark.model.FeatureSettings;
import java.io.Serializable;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import org.apache.spark.sql.types.BooleanType;
import org.apache.spark.sql.types.ByteType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DateType;
import org.apache.spark.sql.types.DecimalType;
import org.apache.spark.sql.types.FloatType;
import org.apache.spark.sql.types.IntegerType;
import org.apache.spark.sql.types.LongType;
import org.apache.spark.sql.types.ShortType;
import org.apache.spark.sql.types.TimestampNTZType;
import org.apache.spark.sql.types.TimestampType;
import org.jspecify.annotations.Nullable;

/** What makes a drawn value one of a column of the table: rounded, clipped, and in its type. */
final class DrawnColumn implements Serializable {
  private static final long serialVersionUID = 1;

  private static final double MICROS_A_DAY = 86_400e6;

  private final DataType type;
  private final boolean isDate;
  private final boolean isInstant;
  private final ZoneId zone;

  /** Where it is not clipped, the lowest number that its type has. */
  private final double lowest;

  private final double highest;

  /** The decimal places that values are rounded to. */
  private final int decimals;

  /** Values between whose first and last no other is drawn; empty for any. */
  private final double[] few;

  /**
   * A column.
   *
   * @param place of the feature among the model's
   * @param stored its type in the training table
   * @param clip whether numbers and times are brought into the range of the training rows
   * @param zone in which instants are drawn as times
   */
  DrawnColumn(
      FeatureSettings features,
      String name,
      int place,
      DataType stored,
      boolean clip,
      ZoneId zone) {
    this.type = DrawnRows.plain(stored);
    this.isDate = stored instanceof DateType;
    this.isInstant = stored instanceof TimestampType;
    this.zone = zone;
    Encoding encoding = features.encodings().get(name);
    boolean isAmount = encoding == null || encoding.isAmount(); // or a level, which stays as it is
    if (clip && isAmount) {
      this.lowest = features.lowest().get(place);
      this.highest = features.highest().get(place);
    } else {
      // What overflows on the way to the table's units is as far as it gets, and not infinite.
      this.highest = stored instanceof FloatType ? Float.MAX_VALUE : Double.MAX_VALUE;
      this.lowest = -highest;
    }
    this.decimals =
        isAmount && !features.decimals().isEmpty() ? features.decimals().get(place) : Decimals.NONE;
    List<Double> values = features.values().getOrDefault(name, List.of());
    this.few =
        (isAmount ? values : List.<Double>of()).stream().mapToDouble(Double::doubleValue).toArray();
  }

  /**
   * A value of the table.
   *
   * @param drawn a Double (days, of a time), a text, or null
   */
  @Nullable Object value(@Nullable Object drawn) {
    Object value = drawn instanceof Double number ? nearest(kept(number)) : drawn;
    return isInstant && value instanceof LocalDateTime time
        ? time.atZone(zone).toLocalDateTime() // a clock put forward skips some
        : value;
  }

  private double kept(double number) {
    double rounded = FewValues.nearest(few, Decimals.round(number, decimals));
    double clipped = Math.min(Math.max(rounded, lowest), highest);
    return isDate ? Math.floor(clipped) : clipped; // of a date, the time of day is not kept
  }

  /** A number as a value of the column's type: the nearest there is. */
  private Object nearest(double number) {
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
