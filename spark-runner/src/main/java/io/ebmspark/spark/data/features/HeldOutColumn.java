package io.ebmspark.spark.data.features;

import io.ebmspark.spark.data.DataException;
import io.ebmspark.spark.data.HoldOutSettings;
import io.ebmspark.spark.data.Names;
import java.time.ZoneId;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.util.DateTimeUtils;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.DateType;
import org.apache.spark.sql.types.DoubleType;
import org.apache.spark.sql.types.FloatType;
import org.apache.spark.sql.types.NumericType;
import org.apache.spark.unsafe.types.UTF8String;
import scala.Option;
import scala.Tuple3;

/** The rows that are held out by a column of theirs, such as the day they are of. */
public final class HeldOutColumn {
  /** Where the parts of a time from its hours on are, as Spark takes it apart. */
  private static final int FIRST_OF_HOURS = 3;

  private static final int FRACTION = 6;

  private HeldOutColumn() {}

  /**
   * Whether a row is held out; null where it has no value in that column, or one that is not a
   * number.
   *
   * @param settings that name a column
   * @throws DataException if the table has no such column, or the settings no value of it
   */
  public static Column of(Dataset<Row> table, HoldOutSettings settings) {
    String name = settings.column().orElseThrow();
    String from = settings.from().orElseThrow();
    List<String> known = List.of(table.columns());
    if (!known.contains(name)) {
      throw new DataException(
          "data.holdOut.column names a column that the table does not have: "
              + Names.withSuggestion(name, known)
              + "; correct it");
    }
    DataType type = table.schema().apply(name).dataType();
    if (!ColumnTypes.isTime(type) && !(type instanceof NumericType)) {
      throw new DataException(
          "data.holdOut.column "
              + name
              + " is "
              + type.simpleString()
              + "; give a column of dates, times or numbers");
    }
    Column value =
        type instanceof NumericType
            ? present(functions.lit(from).try_cast(DataTypes.DoubleType), DataTypes.DoubleType)
            : functions.lit(from).try_cast(type);
    boolean isNone = table.sparkSession().range(1).select(value.isNull()).head().getBoolean(0);
    if (isNone) {
      throw refused(from, "is no " + type.simpleString() + " as column " + name + " holds");
    }
    if (ColumnTypes.isTime(type)) {
      checkTime(from, name, type);
    }
    return present(Features.quoted(name), type).geq(value);
  }

  /** Refuses what Spark would pass over in silence, or take for another time tomorrow. */
  private static void checkTime(String from, String name, DataType type) {
    Tuple3<int[], Option<ZoneId>, Object> parts =
        DateTimeUtils.parseTimestampString(UTF8String.fromString(from.strip()));
    int[] units = parts._1();
    if (units.length == 0) {
      throw refused(from, "is no date or time written out, such as '2024-01-01 06:00:00'");
    }
    boolean hasHours = IntStream.range(FIRST_OF_HOURS, FRACTION + 1).anyMatch(i -> units[i] != 0);
    if (type instanceof DateType && hasHours) {
      throw refused(from, "has a time of day, and column " + name + " holds dates");
    }
    if (!ColumnTypes.isInstant(type) && parts._2().isDefined()) {
      throw refused(from, "has a time zone, and column " + name + " holds times without one");
    }
  }

  private static DataException refused(String from, String why) {
    return new DataException("data.holdOut.from is '" + from + "', which " + why + "; correct it");
  }

  /** Spark takes what is not a number for the largest one there is. */
  private static Column present(Column column, DataType type) {
    boolean mayBeNone = type instanceof DoubleType || type instanceof FloatType;
    return mayBeNone ? functions.nanvl(column, functions.lit(null).cast(type)) : column;
  }
}
