package io.ebmspark.spark.data.features;

import io.ebmspark.spark.data.DataException;
import io.ebmspark.spark.data.Names;
import io.ebmspark.spark.data.SessionZone;
import io.ebmspark.spark.data.StoredType;
import io.ebmspark.spark.data.encoding.ColumnKind;
import io.ebmspark.spark.data.read.TableReader;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.NullType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/**
 * A table prepared for a model: columns the model takes features from have the types they had in
 * training, and features that are none of them follow the table's own columns.
 *
 * @param rows the table's columns, then what features are computed that are not among them
 * @param schema of the table's own columns
 * @param extractor of the features
 * @param features the columns that hold them
 */
public record ModelInput(
    Dataset<Row> rows, StructType schema, FeatureExtractor extractor, List<String> features) {
  private static final String PREFIX = "__ebm_feature_";

  /** Numeric types, each of which holds all values of those before it. */
  private static final List<DataType> WIDER =
      List.of(
          DataTypes.ByteType,
          DataTypes.ShortType,
          DataTypes.IntegerType,
          DataTypes.LongType,
          DataTypes.DoubleType);

  /**
   * Finds a model's features in a table, its instants as dates and times in the model's zone.
   *
   * @param features of the model
   * @param key columns by which messages name a row
   * @throws DataException naming all columns that are missing or no longer of their kind
   */
  public static ModelInput of(Dataset<Row> table, Features features, List<String> key) {
    return SessionZone.in(
        table.sparkSession(), features.zone(), () -> inZone(table, features, key));
  }

  private static ModelInput inZone(Dataset<Row> table, Features features, List<String> key) {
    Dataset<Row> typed = withTypes(table, features, key);
    List<String> problems = new ArrayList<>();
    Map<String, Column> found = find(features, typed, problems);
    List<String> names = List.copyOf(found.keySet());
    StructType types =
        typed
            .select(
                found.entrySet().stream()
                    .map(entry -> entry.getValue().as(entry.getKey()))
                    .toArray(Column[]::new))
            .schema();
    ColumnTypes.check(types, names, features.kinds(), "convert them to numbers", problems);
    DataException.throwIfAny(problems);
    boolean isArray = ColumnTypes.isArray(types, names);
    if (!isArray && features.width() != names.size()) {
      throw new DataException(
          "the model takes "
              + features.width()
              + " values from "
              + String.join(", ", names)
              + ", of which the table has "
              + names.size()
              + "; give an array or vector column of that length");
    }
    return of(typed, features.as(isArray), found, types);
  }

  /** The columns that hold the features, by name; those missing are a problem. */
  private static Map<String, Column> find(
      Features features, Dataset<Row> table, List<String> problems) {
    List<String> known = List.of(table.columns());
    Map<String, Column> found = new LinkedHashMap<>();
    List<String> missing = new ArrayList<>();
    for (String name : features.columns()) {
      String expression = features.expressions().get(name);
      if (expression != null && resolves(expression, table)) {
        found.put(name, functions.expr(expression));
      } else if (known.contains(name)) {
        // For an expression, a table of drawn rows has the value but not what it is computed from.
        found.put(name, Features.quoted(name));
      } else {
        missing.add(
            expression == null
                ? Names.withSuggestion(name, known)
                : "what " + expression + " is computed from");
      }
    }
    if (!missing.isEmpty()) {
      problems.add(
          "the table lacks "
              + (missing.size() == 1 ? "a column" : "columns")
              + " the model was trained on: "
              + String.join(", ", missing)
              + "; rename or add them");
    }
    return found;
  }

  /** The table with those features appended that are none of its own columns as they are. */
  private static ModelInput of(
      Dataset<Row> table, Features features, Map<String, Column> found, StructType types) {
    List<String> known = List.of(table.columns());
    List<Column> all = new ArrayList<>();
    known.forEach(name -> all.add(Features.quoted(name)));
    int[] places = new int[found.size()];
    int i = 0;
    for (Map.Entry<String, Column> feature : found.entrySet()) {
      String name = feature.getKey();
      DataType type = types.apply(name).dataType();
      Column column = ColumnTypes.withoutZone(feature.getValue(), type);
      int own = column.equals(Features.quoted(name)) ? known.indexOf(name) : -1;
      places[i++] = own < 0 ? all.size() : own;
      if (own < 0) {
        all.add(column.as(PREFIX + name));
      }
    }
    Dataset<Row> rows =
        all.size() == known.size() ? table : table.select(all.toArray(Column[]::new));
    return new ModelInput(
        rows,
        table.schema(),
        new FeatureExtractor(features, rows.schema(), places),
        Arrays.stream(places).mapToObj(place -> rows.columns()[place]).toList());
  }

  /** The rows' features alone, in their order. */
  public Dataset<Row> selected() {
    return rows.select(features.stream().map(Features::quoted).toArray(Column[]::new));
  }

  private static boolean resolves(String expression, Dataset<Row> table) {
    try {
      return FeatureExpression.of(expression, table).isPresent();
    } catch (FeatureExpression.NotAnExpression e) {
      return false;
    }
  }

  /**
   * To Spark a column without any value in a file is text, and a column of whole numbers may have
   * been one of fractions in training: the model knows.
   */
  private static Dataset<Row> withTypes(Dataset<Row> table, Features features, List<String> key) {
    List<String> known = List.of(table.columns());
    List<String> unknown = key.stream().filter(name -> !known.contains(name)).toList();
    if (!unknown.isEmpty()) {
      throw new DataException(
          "key names a column that the table does not have: "
              + Names.withSuggestion(unknown.get(0), known)
              + "; correct it");
    }
    Column place = place(table, key);
    boolean changes = false;
    Column[] columns = new Column[known.size()];
    StructField[] fields = table.schema().fields();
    for (int i = 0; i < columns.length; i++) {
      Column column = Features.quoted(fields[i].name());
      Column typed = withType(column, fields[i], features, place);
      columns[i] = typed.as(fields[i].name());
      changes |= !typed.equals(column);
    }
    return changes ? table.select(columns) : table;
  }

  private static Column withType(
      Column column, StructField field, Features features, Column place) {
    boolean isFeature = features.columns().contains(field.name());
    String stored = features.types().get(field.name());
    if (stored == null && !isFeature) {
      return column;
    }
    ColumnKind kind = features.kind(field.name());
    if (stored == null && kind == ColumnKind.TIME) {
      return column;
    }
    Optional<DataType> known =
        stored == null ? Optional.of(unstored(kind, features.isArray())) : StoredType.read(stored);
    if (known.isEmpty()) {
      return column;
    }
    DataType wanted = known.get();
    DataType now = field.dataType();
    if (wanted.sameType(now)) {
      return column;
    }
    if (now instanceof NullType
        || (ColumnTypes.isText(now) && !ColumnTypes.isText(wanted))
        || (now instanceof ArrayType array
            && wanted instanceof ArrayType
            && !ColumnTypes.isScalar(array.elementType()))) {
      return strictly(column, field.name(), wanted, place);
    }
    // Text whose values in a file all happen to look like numbers or dates.
    boolean isText = ColumnTypes.isText(wanted) && ColumnTypes.fits(now, ColumnKind.TEXT);
    return isText || holds(wanted, now) ? column.cast(wanted) : column;
  }

  /** Whether numbers of one type are read as another, which holds all of them. */
  public static boolean holds(DataType wide, DataType narrow) {
    return WIDER.indexOf(narrow) >= 0 && WIDER.indexOf(narrow) < WIDER.indexOf(wide);
  }

  /**
   * The type of a feature that no column's was stored for: one that an expression gave, and that a
   * table of drawn rows has as a column, or one of the first release's.
   */
  private static DataType unstored(ColumnKind kind, boolean isArray) {
    if (kind == ColumnKind.TEXT) {
      return DataTypes.StringType;
    }
    return isArray ? DataTypes.createArrayType(DataTypes.DoubleType) : DataTypes.DoubleType;
  }

  /** A row's file and key, as messages name it. */
  private static Column place(Dataset<Row> table, List<String> key) {
    List<Column> parts = new ArrayList<>();
    TableReader.fileName(table)
        .ifPresent(file -> parts.add(functions.nullif(file, functions.lit(""))));
    for (String column : key) {
      Column value = Features.quoted(column).cast("string");
      parts.add(
          functions.concat(
              functions.lit(column + "="), functions.coalesce(value, functions.lit("null"))));
    }
    return functions.concat_ws(" ", parts.toArray(Column[]::new));
  }

  /** Text converted to the value it denotes, or a failure that names the row. */
  private static Column strictly(Column text, String name, DataType type, Column place) {
    Column value = text.try_cast(type);
    Column isBad = value.isNull().and(text.isNotNull());
    Column shown = text.cast("string");
    List<Column> message = new ArrayList<>();
    message.add(functions.lit("column " + name + " holds '"));
    message.add(shown);
    message.add(
        functions.lit(
            "', which is no "
                + type.catalogString()
                + ", as the model was trained on; correct it, or make it null, as"
                + " the reader's option nullValue does for csv (source.options in a job) ("));
    message.add(place);
    message.add(functions.lit(")"));
    Column failure = functions.raise_error(functions.concat(message.toArray(Column[]::new)));
    return functions
        .when(isBad.and(functions.trim(shown).notEqual("")), failure.cast(type))
        .otherwise(value);
  }
}
