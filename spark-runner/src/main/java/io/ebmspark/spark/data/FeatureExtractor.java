package io.ebmspark.spark.data;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.apache.spark.ml.linalg.SQLDataTypes;
import org.apache.spark.ml.linalg.SparseVector;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.BooleanType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.NumericType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;

/**
 * Takes a row's features out as doubles: from scalar columns, a column each, or from one array or
 * vector column. Resolved against one schema, whose column positions it relies on.
 */
public final class FeatureExtractor implements Serializable {
  private static final int UNKNOWN = 0;

  private final List<String> columns;
  private final int[] positions;
  private final boolean array;
  private final int width;

  private FeatureExtractor(StructType schema, List<String> columns, boolean array, int width) {
    this.columns = List.copyOf(columns);
    this.positions = columns.stream().mapToInt(schema::fieldIndex).toArray();
    this.array = array;
    this.width = width;
  }

  /**
   * The features that settings choose, for training: listed columns in the order listed, those of a
   * pattern in the schema's order. The width of an array is what the shape says; without a shape
   * the schema does not tell, and {@link #withWidth} has to.
   *
   * @throws DataException naming all columns that are missing or not numeric
   */
  public static FeatureExtractor resolve(StructType schema, DataSettings settings) {
    List<String> known = List.of(schema.fieldNames());
    List<String> problems = new ArrayList<>();
    Set<String> excluded = matches(settings.exclude(), "exclude", known, problems);
    Set<String> wanted = new LinkedHashSet<>();
    List<String> missing = new ArrayList<>();
    for (String feature : settings.features()) {
      if (known.contains(feature)) {
        wanted.add(feature);
      } else if (Names.isPattern(feature)) {
        wanted.addAll(numericMatches(schema, feature, excluded, problems));
      } else {
        missing.add(Names.withSuggestion(feature, known));
      }
    }
    wanted.removeAll(excluded);
    if (!missing.isEmpty()) {
      problems.add(
          "data.features names "
              + (missing.size() == 1 ? "a column" : "columns")
              + " that "
              + settings.source().describe()
              + " does not have: "
              + String.join(", ", missing)
              + "; correct the names");
    }
    List<String> columns = List.copyOf(wanted);
    checkTypes(schema, columns, "exclude them or convert them to numbers", problems);
    if (columns.isEmpty() && problems.isEmpty()) {
      problems.add(
          "data.exclude leaves no feature of " + settings.source().describe() + "; exclude less");
    }
    DataException.throwIfAny(problems);

    boolean array = isArray(schema, columns);
    boolean shaped = !settings.shape().isEmpty();
    int width = columns.size();
    if (array) {
      width = shaped ? (int) DataSettings.product(settings.shape()) : UNKNOWN;
    }
    return new FeatureExtractor(schema, columns, array, width);
  }

  /**
   * The fixed features of a model, for scoring.
   *
   * @throws DataException naming all columns that are missing or not numeric
   */
  public static FeatureExtractor of(StructType schema, List<String> columns, int width) {
    List<String> known = List.of(schema.fieldNames());
    List<String> missing =
        columns.stream()
            .filter(column -> !known.contains(column))
            .map(column -> Names.withSuggestion(column, known))
            .toList();
    List<String> problems = new ArrayList<>();
    if (!missing.isEmpty()) {
      problems.add(
          "the table lacks "
              + (missing.size() == 1 ? "a column" : "columns")
              + " the model was trained on: "
              + String.join(", ", missing)
              + "; rename or add them");
    }
    List<String> present = columns.stream().filter(known::contains).toList();
    checkTypes(schema, present, "convert them to numbers", problems);
    DataException.throwIfAny(problems);
    boolean array = isArray(schema, columns);
    if (!array && width != columns.size()) {
      throw new DataException(
          "the model takes "
              + width
              + " values from "
              + String.join(", ", columns)
              + ", of which the table has "
              + columns.size()
              + "; give an array or vector column of that length");
    }
    return new FeatureExtractor(schema, columns, array, width);
  }

  /** The same features, of an array now known to have this length. */
  public FeatureExtractor withWidth(int known) {
    if (!array || known < 1) {
      throw new IllegalArgumentException("width " + known + " of " + columns);
    }
    return new FeatureExtractor(columns, positions, true, known);
  }

  /** The scalar columns at these places of {@link #columns}. */
  FeatureExtractor keep(int[] kept) {
    if (array) {
      throw new IllegalStateException("values of an array are not columns");
    }
    return new FeatureExtractor(
        Arrays.stream(kept).mapToObj(columns::get).toList(),
        Arrays.stream(kept).map(i -> positions[i]).toArray(),
        false,
        kept.length);
  }

  private FeatureExtractor(List<String> columns, int[] positions, boolean array, int width) {
    this.columns = columns;
    this.positions = positions;
    this.array = array;
    this.width = width;
  }

  /** The columns features are taken from: one a feature, or the array column alone. */
  public List<String> columns() {
    return columns;
  }

  /** One name a feature; those of an array column are like {@code pixels[0]}. */
  public List<String> featureNames() {
    if (!array) {
      return columns;
    }
    List<String> names = new ArrayList<>();
    for (int i = 0; i < width(); i++) {
      names.add(columns.get(0) + "[" + i + "]");
    }
    return names;
  }

  /** The number of features. */
  public int width() {
    if (width == UNKNOWN) {
      throw new IllegalStateException("the length of array column " + columns + " is not known");
    }
    return width;
  }

  /** Whether {@link #width} is known; that of an array without a shape is not at first. */
  public boolean hasWidth() {
    return width != UNKNOWN;
  }

  /** Whether the features are the values of one array or vector column. */
  public boolean isArray() {
    return array;
  }

  /** The columns, quoted: their names may hold dots. */
  public Column[] selection() {
    return columns.stream()
        .map(name -> functions.col("`" + name.replace("`", "``") + "`"))
        .toArray(Column[]::new);
  }

  /**
   * A row's features, NaN standing for nulls.
   *
   * @throws WrongLengthException if the row's array has another length than {@link #width}
   */
  public double[] extract(Row row) {
    double[] values = new double[width()];
    extract(row, values);
    return values;
  }

  /**
   * Writes a row's features into {@code into}, NaN standing for nulls.
   *
   * @throws WrongLengthException if the row's array has another length than {@link #width}
   */
  public void extract(Row row, double[] into) {
    if (into.length != width()) {
      throw new IllegalArgumentException(into.length + " places for " + width() + " features");
    }
    if (!array) {
      for (int i = 0; i < positions.length; i++) {
        into[i] = number(row.get(positions[i]));
      }
    } else if (row.isNullAt(positions[0])) {
      Arrays.fill(into, Double.NaN);
    } else if (row.get(positions[0]) instanceof Vector vector) {
      extract(vector, into);
    } else {
      extract(row.<Object>getList(positions[0]), into);
    }
  }

  /** The length of the array or vector that is the row's only column. */
  static int arrayLength(Row row) {
    return row.get(0) instanceof Vector vector ? vector.size() : row.getList(0).size();
  }

  private void extract(Vector vector, double[] into) {
    checkLength(vector.size());
    if (vector instanceof SparseVector sparse) {
      Arrays.fill(into, 0);
      int[] indices = sparse.indices();
      double[] values = sparse.values();
      for (int i = 0; i < indices.length; i++) {
        into[indices[i]] = values[i];
      }
    } else {
      System.arraycopy(vector.toArray(), 0, into, 0, into.length);
    }
  }

  private void extract(List<?> values, double[] into) {
    checkLength(values.size());
    int i = 0;
    for (Object value : values) {
      into[i++] = number(value);
    }
  }

  private void checkLength(int length) {
    if (length != width) {
      throw new WrongLengthException(columns.get(0), length, width);
    }
  }

  private static double number(@Nullable Object value) {
    if (value instanceof Number number) {
      return number.doubleValue();
    }
    if (value instanceof Boolean flag) {
      return flag ? 1 : 0;
    }
    return Double.NaN;
  }

  /** What a pattern chooses: columns of numbers only, as a table may well hold others. */
  private static List<String> numericMatches(
      StructType schema, String feature, Set<String> excluded, List<String> problems) {
    Pattern pattern = Names.compile(feature);
    List<String> numeric = new ArrayList<>();
    List<String> others = new ArrayList<>();
    boolean anyExcluded = false;
    for (StructField field : schema.fields()) {
      if (!pattern.matcher(field.name()).matches()) {
        continue;
      }
      if (excluded.contains(field.name())) {
        anyExcluded = true;
      } else if (isScalar(field.dataType())) {
        numeric.add(field.name());
      } else {
        others.add(field.name() + " (" + field.dataType().simpleString() + ")");
      }
    }
    if (numeric.isEmpty() && !anyExcluded) {
      problems.add(
          "data.features: "
              + feature
              + " matches no numeric column"
              + (others.isEmpty() ? "" : ", only " + Names.list(others))
              + "; name numeric columns, or one array or vector column by its full name");
    } else if (numeric.isEmpty()) {
      problems.add(
          "data.exclude leaves no numeric column for "
              + feature
              + (others.isEmpty() ? "" : ", only " + Names.list(others))
              + "; exclude less");
    }
    return numeric;
  }

  private static Set<String> matches(
      List<String> names, String setting, List<String> known, List<String> problems) {
    Set<String> matches = new LinkedHashSet<>();
    List<String> missing = new ArrayList<>();
    for (String name : names) {
      Pattern pattern = Names.compile(name);
      List<String> found = known.stream().filter(k -> pattern.matcher(k).matches()).toList();
      matches.addAll(found);
      if (found.isEmpty()) {
        missing.add(Names.isPattern(name) ? name : Names.withSuggestion(name, known));
      }
    }
    if (!missing.isEmpty()) {
      problems.add(
          "data." + setting + " matches no column: " + String.join(", ", missing) + "; correct it");
    }
    return matches;
  }

  private static void checkTypes(
      StructType schema, List<String> columns, String remedy, List<String> problems) {
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

  private static boolean isArray(StructType schema, List<String> columns) {
    return columns.size() == 1 && isArray(schema.apply(columns.get(0)).dataType());
  }

  private static boolean isArray(DataType type) {
    return type.equals(SQLDataTypes.VectorType())
        || (type instanceof ArrayType array && isScalar(array.elementType()));
  }

  private static boolean isScalar(DataType type) {
    return type instanceof NumericType || type instanceof BooleanType;
  }
}
