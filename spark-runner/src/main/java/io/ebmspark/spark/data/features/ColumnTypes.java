package io.ebmspark.spark.data.features;

import io.ebmspark.spark.data.encoding.ColumnKind;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.ml.linalg.SQLDataTypes;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.BooleanType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.DateType;
import org.apache.spark.sql.types.NumericType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.types.TimestampNTZType;
import org.apache.spark.sql.types.TimestampType;

/** What Spark's types are to a model: numbers, text, times, arrays of numbers. */
public final class ColumnTypes {
  private ColumnTypes() {}

  /** Whether a column of this type is an array of numbers, or a vector. */
  public static boolean isArray(DataType type) {
    return type.equals(SQLDataTypes.VectorType())
        || (type instanceof ArrayType array && isScalar(array.elementType()));
  }

  /** Whether a column of this type is a number; a boolean counts as 0 or 1. */
  public static boolean isScalar(DataType type) {
    return type instanceof NumericType || type instanceof BooleanType;
  }

  static boolean isText(DataType type) {
    return type instanceof StringType;
  }

  static boolean isTime(DataType type) {
    return type instanceof DateType
        || type instanceof TimestampType
        || type instanceof TimestampNTZType;
  }

  /** Whether a time of this type is an instant, which has a date and a time of day in a zone. */
  static boolean isInstant(DataType type) {
    return type instanceof TimestampType;
  }

  /** Whether a time of this type has a time of day. */
  public static boolean hasHours(DataType type) {
    return isTime(type) && !(type instanceof DateType);
  }

  /** What values of a type are; empty for arrays, structures and what else there is. */
  public static Optional<ColumnKind> kind(DataType type) {
    if (isScalar(type)) {
      return Optional.of(ColumnKind.NUMBER);
    }
    if (isText(type)) {
      return Optional.of(ColumnKind.TEXT);
    }
    return isTime(type) ? Optional.of(ColumnKind.TIME) : Optional.empty();
  }

  /** Whether values of a type can be read as those of a kind: anything can as text. */
  public static boolean fits(DataType type, ColumnKind kind) {
    Optional<ColumnKind> own = kind(type);
    return own.isPresent() && (own.get() == kind || kind == ColumnKind.TEXT);
  }

  /**
   * The same rows, their instants as the dates and times they are in the time zone that holds: as
   * the files they were read from have them.
   */
  static Dataset<Row> withoutZones(Dataset<Row> rows) {
    StructField[] fields = rows.schema().fields();
    if (Arrays.stream(fields).noneMatch(field -> isInstant(field.dataType()))) {
      return rows;
    }
    return rows.select(
        Arrays.stream(fields)
            .map(
                field ->
                    withoutZone(Features.quoted(field.name()), field.dataType()).as(field.name()))
            .toArray(Column[]::new));
  }

  static Column withoutZone(Column column, DataType type) {
    return isInstant(type) ? column.cast(DataTypes.TimestampNTZType) : column;
  }

  /** An array column as it is, and a column of vectors as arrays. */
  public static Column numbers(Column array, DataType type) {
    return type.equals(SQLDataTypes.VectorType())
        ? org.apache.spark.ml.functions.vector_to_array(array, "float64")
        : array;
  }

  /** Whether these columns include one of arrays or vectors. */
  static boolean isArray(StructType schema, List<String> columns) {
    return columns.size() == 1 && isArray(schema.apply(columns.get(0)).dataType());
  }

  /**
   * Adds a sentence for columns that are not what they should be, and for an array among other
   * features.
   *
   * @param kinds of those that should not be numbers
   */
  static void check(
      StructType schema,
      List<String> columns,
      Map<String, ColumnKind> kinds,
      String remedy,
      List<String> problems) {
    List<String> wrong = new ArrayList<>();
    for (String column : columns) {
      DataType type = schema.apply(column).dataType();
      if (kinds.containsKey(column)) {
        if (!fits(type, kinds.get(column))) {
          problems.add(
              column
                  + " is "
                  + type.simpleString()
                  + ", and was "
                  + (kinds.get(column) == ColumnKind.TEXT ? "text" : "a date or a time")
                  + " in training; convert it");
        }
      } else if (!isScalar(type) && !isArray(type)) {
        wrong.add(column + " (" + type.simpleString() + ")");
      }
    }
    if (!wrong.isEmpty()) {
      problems.add("features must be numeric, unlike " + String.join(", ", wrong) + "; " + remedy);
    }
    for (String column : columns) {
      if (columns.size() > 1 && isArray(schema.apply(column).dataType())) {
        problems.add(
            "array column "
                + column
                + " must be the only feature, not one of "
                + columns.size()
                + "; name it alone or leave it out");
      }
    }
  }
}
