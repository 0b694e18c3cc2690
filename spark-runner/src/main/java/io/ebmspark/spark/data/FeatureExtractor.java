package io.ebmspark.spark.data;

import io.ebmspark.core.settings.Suggestion;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.spark.ml.linalg.SQLDataTypes;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.BooleanType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.NumericType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import scala.collection.Seq;

/**
 * Takes the features out of a row: numeric columns, or the entries of one array or vector column.
 * Training and scoring share it.
 */
public final class FeatureExtractor implements Serializable {
  private static final long serialVersionUID = 1;

  private final String[] columns;
  private final int[] positions;
  private final boolean packed;

  private FeatureExtractor(List<StructField> fields, StructType schema) {
    this.columns = fields.stream().map(StructField::name).toArray(String[]::new);
    this.positions = fields.stream().mapToInt(field -> schema.fieldIndex(field.name())).toArray();
    this.packed = fields.size() == 1 && isPacked(fields.get(0).dataType());
  }

  /**
   * Finds the features a job file asks for.
   *
   * @throws DataException naming every column that is missing or not numeric
   */
  public static FeatureExtractor resolve(StructType schema, DataSettings settings) {
    List<String> problems = new ArrayList<>();
    List<StructField> found = new ArrayList<>();
    for (String wanted : settings.features()) {
      boolean pattern = wanted.contains("*");
      List<StructField> matching =
          Arrays.stream(schema.fields())
              .filter(field -> matches(wanted, field.name()))
              .filter(field -> !pattern || isNumeric(field.dataType()))
              .toList();
      if (matching.isEmpty()) {
        problems.add(missing(wanted, schema));
      }
      matching.stream().filter(field -> !found.contains(field)).forEach(found::add);
    }
    found.removeIf(
        field -> settings.exclude().stream().anyMatch(out -> matches(out, field.name())));
    for (String excluded : settings.exclude()) {
      if (!excluded.contains("*") && !Arrays.asList(schema.fieldNames()).contains(excluded)) {
        problems.add(missing(excluded, schema));
      }
    }
    checkTypes(found, problems);
    if (problems.isEmpty() && found.isEmpty()) {
      problems.add("no numeric column is left of " + Arrays.toString(schema.fieldNames()));
    }
    if (!problems.isEmpty()) {
      throw new DataException(String.join("; ", problems) + "; see data.features");
    }
    return new FeatureExtractor(found, schema);
  }

  /**
   * Finds a model's features again in a table to be scored.
   *
   * @throws DataException naming every column that is missing or not numeric
   */
  public static FeatureExtractor of(StructType schema, List<String> columns) {
    List<String> problems = new ArrayList<>();
    List<StructField> found = new ArrayList<>();
    for (String column : columns) {
      Arrays.stream(schema.fields())
          .filter(field -> field.name().equals(column))
          .findFirst()
          .ifPresentOrElse(found::add, () -> problems.add(missing(column, schema)));
    }
    checkTypes(found, problems);
    if (!problems.isEmpty()) {
      throw new DataException("the table does not fit the model: " + String.join("; ", problems));
    }
    return new FeatureExtractor(found, schema);
  }

  private static void checkTypes(List<StructField> fields, List<String> problems) {
    for (StructField field : fields) {
      DataType type = field.dataType();
      if (!isNumeric(type) && !isPacked(type)) {
        problems.add(
            "the column '"
                + field.name()
                + "' is of type "
                + type.simpleString()
                + ", not numeric");
      } else if (isPacked(type) && fields.size() > 1) {
        problems.add(
            "the array column '"
                + field.name()
                + "' must be the only feature, and there are "
                + fields.size());
      }
    }
  }

  private static String missing(String column, StructType schema) {
    List<String> names = List.of(schema.fieldNames());
    return "there is no "
        + (column.contains("*") ? "numeric column like '" : "column '")
        + column
        + "'"
        + Suggestion.of(column, names).map(name -> " (did you mean '" + name + "'?)").orElse("")
        + (names.size() <= 12 ? ", only " + names : " among " + names.size() + " columns");
  }

  private static boolean matches(String pattern, String name) {
    String expression =
        Arrays.stream(pattern.split("\\*", -1))
            .map(Pattern::quote)
            .collect(Collectors.joining(".*"));
    return name.matches(expression);
  }

  private static boolean isNumeric(DataType type) {
    return type instanceof NumericType || type instanceof BooleanType;
  }

  private static boolean isPacked(DataType type) {
    return type instanceof ArrayType array && isNumeric(array.elementType())
        || type.equals(SQLDataTypes.VectorType());
  }

  /** The columns read. */
  public List<String> columns() {
    return List.of(columns);
  }

  /** Whether the features are the entries of one array or vector column. */
  public boolean isPacked() {
    return packed;
  }

  /** Without the columns at the given positions. */
  FeatureExtractor without(StructType schema, List<String> dropped) {
    return new FeatureExtractor(
        Arrays.stream(columns)
            .filter(column -> !dropped.contains(column))
            .map(column -> schema.fields()[schema.fieldIndex(column)])
            .toList(),
        schema);
  }

  /**
   * The features of a row, in the table's units; NaN where there is no number.
   *
   * @return as many values as there are features; an array column's own length otherwise
   */
  public double[] extract(Row row) {
    if (packed) {
      return unpack(row.get(positions[0]));
    }
    double[] values = new double[positions.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = number(row.get(positions[i]));
    }
    return values;
  }

  private static double[] unpack(Object value) {
    if (value instanceof Vector vector) {
      return vector.toArray();
    }
    if (value instanceof Seq<?> sequence) {
      double[] values = new double[sequence.length()];
      for (int i = 0; i < values.length; i++) {
        values[i] = number(sequence.apply(i));
      }
      return values;
    }
    return new double[0];
  }

  private static double number(Object value) {
    if (value instanceof Number number) {
      return number.doubleValue();
    } else if (value instanceof Boolean flag) {
      return flag ? 1 : 0;
    }
    return Double.NaN;
  }

  /** The name of a feature: its column's, or {@code pixels[3]} in an array column. */
  public String featureName(int i) {
    return packed ? String.format(Locale.ROOT, "%s[%d]", columns[0], i) : columns[i];
  }
}
