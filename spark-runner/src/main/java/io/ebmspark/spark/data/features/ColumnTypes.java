package io.ebmspark.spark.data.features;

import java.util.ArrayList;
import java.util.List;
import org.apache.spark.ml.linalg.SQLDataTypes;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.BooleanType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.NumericType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructType;

/** Which of Spark's types are numbers, and arrays of them. */
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

  /** Whether these columns include one of arrays or vectors. */
  static boolean isArray(StructType schema, List<String> columns) {
    return columns.size() == 1 && isArray(schema.apply(columns.get(0)).dataType());
  }

  /** Adds a sentence for columns that are not numeric, and for an array among other features. */
  static void check(StructType schema, List<String> columns, String remedy, List<String> problems) {
    List<String> wrong = new ArrayList<>();
    for (String column : columns) {
      DataType type = schema.apply(column).dataType();
      if (!isScalar(type) && !isArray(type)) {
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
