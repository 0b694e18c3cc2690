package io.ebmspark.spark.data.features;

import io.ebmspark.spark.data.DataException;
import io.ebmspark.spark.data.HoldOutSettings;
import io.ebmspark.spark.data.Names;
import java.util.List;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.DoubleType;
import org.apache.spark.sql.types.FloatType;
import org.apache.spark.sql.types.NumericType;

/** The rows that are held out by a column of theirs, such as the day they are of. */
public final class HeldOutColumn {
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
      throw new DataException(
          "data.holdOut.from is '"
              + from
              + "', which is no "
              + type.simpleString()
              + " as column "
              + name
              + " holds; correct it");
    }
    return present(Features.quoted(name), type).geq(value);
  }

  /** Spark takes what is not a number for the largest one there is. */
  private static Column present(Column column, DataType type) {
    boolean mayBeNone = type instanceof DoubleType || type instanceof FloatType;
    return mayBeNone ? functions.nanvl(column, functions.lit(null).cast(type)) : column;
  }
}
