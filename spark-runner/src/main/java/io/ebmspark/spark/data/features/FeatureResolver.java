package io.ebmspark.spark.data.features;

import io.ebmspark.spark.data.ColumnSettings.Use;
import io.ebmspark.spark.data.DataException;
import io.ebmspark.spark.data.DataSettings;
import io.ebmspark.spark.data.Names;
import io.ebmspark.spark.data.SessionZone;
import io.ebmspark.spark.data.StoredType;
import io.ebmspark.spark.data.encoding.ColumnKind;
import io.ebmspark.spark.data.read.TableReader;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;

/**
 * Finds the features that settings choose in a table, for training: listed ones in the order
 * listed, those of a pattern in the schema's order.
 */
public final class FeatureResolver {
  /** Every column, even if one is called so; that one alone is {@code `*`}. */
  private static final String ALL = "*";

  private static final String MERGE = "set data.source.options: {mergeSchema: true}";

  private final Dataset<Row> table;
  private final StructType schema;
  private final List<String> known;
  private final DataSettings settings;

  private final List<String> problems = new ArrayList<>();
  private final List<String> missing = new ArrayList<>();

  /** What was chosen: a name, and its expression if it is not a column. */
  private final Map<String, Optional<FeatureExpression>> wanted = new LinkedHashMap<>();

  private final Set<String> byPattern = new LinkedHashSet<>();
  private final Map<String, String> leftOut = new LinkedHashMap<>();
  private @Nullable List<String> unread;

  private FeatureResolver(Dataset<Row> table, DataSettings settings) {
    this.table = table;
    this.schema = table.schema();
    this.known = List.of(schema.fieldNames());
    this.settings = settings;
  }

  /**
   * The features, and what happened to the other columns. The width of an array follows from the
   * shape; without one the schema does not tell, and {@link Features#withWidth} supplies it.
   *
   * <p>Where a feature is text, the first rows are examined.
   *
   * @throws DataException naming all columns that are missing, of no use, or half numeric
   */
  public static ColumnChoice resolve(Dataset<Row> table, DataSettings settings) {
    return new FeatureResolver(table, settings).resolve();
  }

  private ColumnChoice resolve() {
    Set<String> excluded = excluded();
    for (String feature : settings.features()) {
      choose(feature, excluded);
    }
    wanted.keySet().removeAll(excluded);
    Optional<String> corrupt =
        TableReader.corruptLines(table, settings.source()).filter(wanted::containsKey);
    if (corrupt.isPresent()) {
      throw corrupt(corrupt.get());
    }
    byPattern.retainAll(wanted.keySet());
    leftOut.keySet().removeAll(wanted.keySet());
    for (String column : excluded) {
      boolean isWeight = settings.weight().filter(column::equals).isPresent();
      leftOut.put(column, isWeight ? ColumnChoice.WEIGHT : ColumnChoice.EXCLUDED);
    }
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
    List<String> columns = List.copyOf(wanted.keySet());
    if (columns.isEmpty() && problems.isEmpty()) {
      problems.add(
          "data.exclude leaves no feature of " + settings.source().describe() + "; exclude less");
    }
    Features named = new Features(columns, expressions(), types(), false, columns.size());
    StructType selected = table.select(named.selection()).schema();
    Map<String, ColumnKind> kinds = kinds(selected);
    ColumnTypes.check(
        selected, columns, kinds, "exclude them or convert them to numbers", problems);
    checkUses(selected);
    new HalfNumeric(table, settings.source()).look(maybeNumbers(kinds), problems);
    DataException.throwIfAny(problems);

    boolean isArray = ColumnTypes.isArray(selected, columns);
    int width = columns.size();
    if (isArray) {
      width = settings.shape().isEmpty() ? 0 : (int) DataSettings.product(settings.shape());
    }
    Features features =
        new Features(
            columns, named.expressions(), named.types(), kinds, isArray, width, zone(selected));
    return new ColumnChoice(features, leftOut, byPattern);
  }

  /** What to do about lines that are no JSON; Spark lets nobody look at their column alone. */
  private DataException corrupt(String column) {
    return new DataException(
        settings.source().describe()
            + " has lines that are no JSON, which Spark makes rows without values; correct them, or"
            + " set data.source.options: {multiLine: true} if each file is one document, {mode:"
            + " DROPMALFORMED} to leave such lines out, or data.exclude: ["
            + column
            + "]");
  }

  /** The zone in which instants are read, if rows are told from each other by any. */
  private Optional<String> zone(StructType selected) {
    Set<String> read = new LinkedHashSet<>(types().keySet());
    settings.holdOut().column().ifPresent(read::add);
    boolean any =
        Stream.concat(
                Arrays.stream(selected.fields()),
                Arrays.stream(schema.fields()).filter(field -> read.contains(field.name())))
            .anyMatch(field -> ColumnTypes.isInstant(field.dataType()));
    return any ? Optional.of(SessionZone.current()) : Optional.empty();
  }

  /** What the values are of features that are no numbers. */
  private static Map<String, ColumnKind> kinds(StructType selected) {
    Map<String, ColumnKind> kinds = new LinkedHashMap<>();
    for (StructField field : selected.fields()) {
      ColumnTypes.kind(field.dataType())
          .filter(kind -> kind != ColumnKind.NUMBER)
          .ifPresent(kind -> kinds.put(field.name(), kind));
    }
    return kinds;
  }

  /** Text that nothing says to be no number, of columns of the table. */
  private List<String> maybeNumbers(Map<String, ColumnKind> kinds) {
    return kinds.keySet().stream()
        .filter(known::contains)
        .filter(name -> kinds.get(name) == ColumnKind.TEXT)
        .filter(name -> settings.column(name).as() == Use.AUTO)
        .toList();
  }

  /** Refuses uses that a column's values have not, and settings of no column. */
  private void checkUses(StructType selected) {
    for (StructField field : selected.fields()) {
      String name = field.name();
      Optional<ColumnKind> kind = ColumnTypes.kind(field.dataType());
      Use use = settings.column(name).as();
      boolean isNumber = kind.equals(Optional.of(ColumnKind.NUMBER));
      boolean isTime = kind.equals(Optional.of(ColumnKind.TIME));
      if (use == Use.NUMBER && !isNumber) {
        problems.add(
            name
                + " is "
                + field.dataType().simpleString()
                + ", and data.columns says it is a number; name an expression for it in"
                + " data.features, such as \"try_cast("
                + Names.inSql(name)
                + " AS double) AS "
                + Names.inSql(name + "_number")
                + "\"");
      } else if (use == Use.DATE && !isTime) {
        problems.add(
            name
                + " is "
                + field.dataType().simpleString()
                + ", and data.columns says it is a date; name an expression for it in"
                + " data.features, such as \"to_date("
                + Names.inSql(name)
                + ", 'yyyy-MM-dd') AS "
                + Names.inSql(name + "_day")
                + "\", and say so of that");
      } else if (isTime && use != Use.DATE) {
        problems.add(name + " is a " + field.dataType().simpleString() + "; " + asDate(name));
      } else if (settings.columns().containsKey(name)
          && settings.column(name).transform().isPresent()
          && !isNumber) {
        problems.add(
            "data.columns has a transform for " + name + ", which is no number; remove it");
      }
    }
    List<String> unknown =
        settings.columns().keySet().stream()
            .filter(name -> !known.contains(name) && !wanted.containsKey(name))
            .filter(name -> !Names.isPattern(name) || !Names.anyMatches(name, known))
            .map(name -> Names.isPattern(name) ? name : Names.withSuggestion(name, known))
            .toList();
    if (!unknown.isEmpty()) {
      problems.add(
          "data.columns names what is no column: " + String.join(", ", unknown) + "; correct it");
    }
  }

  /** Columns that other files have than the one whose columns Spark took for those of all. */
  private List<String> unread() {
    if (unread == null) {
      unread = TableReader.unread(table, settings.source());
    }
    return unread;
  }

  private static String asDate(String name) {
    return ColumnChoice.TO_USE_IT + "set data.columns: {" + name + ": {as: date}}";
  }

  private void choose(String text, Set<String> excluded) {
    String feature = asInTable(text);
    if (known.contains(feature) && !text.equals(ALL)) {
      want(feature, Optional.empty());
      return;
    }
    boolean isPattern = Names.isPattern(feature);
    if (isPattern && Names.anyMatches(feature, known)) {
      chooseByPattern(feature, excluded);
      return;
    }
    try {
      Optional<FeatureExpression> expression = FeatureExpression.of(feature, table);
      if (expression.isPresent()) {
        want(expression.get().name(), expression);
      } else if (isPattern) {
        problems.add(nothingUsable(feature, List.of()));
      } else {
        missing.add(
            unread().contains(feature)
                ? feature + " (in some of its files only; " + MERGE + ")"
                : Names.withSuggestion(feature, known));
      }
    } catch (FeatureExpression.NotAnExpression e) {
      if (isPattern && !feature.strip().contains(" ")) {
        problems.add(nothingUsable(feature, List.of()));
        return;
      }
      Optional<String> struct = structOf(feature);
      if (struct.isPresent()) {
        problems.add(
            "data.features: "
                + feature
                + " is a field of column "
                + struct.get()
                + ", whose name needs backticks in SQL; write "
                + Names.inSql(struct.get())
                + feature.substring(struct.get().length()));
      } else {
        problems.add(
            "data.features: "
                + feature
                + " is neither a column of "
                + settings.source().describe()
                + " nor an expression over its columns; correct it ("
                + e.getMessage()
                + ")");
      }
    }
  }

  /** A column's name without the backticks that it needs in SQL; any other text as it is. */
  private String asInTable(String text) {
    if (text.length() < 3 || !text.startsWith("`") || !text.endsWith("`")) {
      return text;
    }
    String name = text.substring(1, text.length() - 1).replace("``", "`");
    return known.contains(name) && text.equals(Features.inBackticks(name)) ? name : text;
  }

  /** The column of structures that a text goes on from with a dot, if its name is no plain word. */
  private Optional<String> structOf(String feature) {
    return Arrays.stream(schema.fields())
        .filter(field -> field.dataType() instanceof StructType)
        .map(StructField::name)
        .filter(name -> feature.startsWith(name + ".") && !Names.inSql(name).equals(name))
        .findFirst();
  }

  private void want(String name, Optional<FeatureExpression> expression) {
    Optional<FeatureExpression> before = wanted.putIfAbsent(name, expression);
    if (before != null && !before.equals(expression)) {
      problems.add(
          "data.features has two features called " + name + "; give one another name with AS");
    }
  }

  /** What a pattern chooses: numbers, text, and dates that settings say to use. */
  private void chooseByPattern(String feature, Set<String> excluded) {
    Pattern pattern = Names.compile(feature);
    List<String> usable = new ArrayList<>();
    List<String> others = new ArrayList<>();
    boolean anyExcluded = false;
    for (StructField field : schema.fields()) {
      String name = field.name();
      if (!pattern.matcher(name).matches()) {
        continue;
      }
      DataType type = field.dataType();
      boolean isTime = ColumnTypes.isTime(type);
      if (excluded.contains(name)) {
        anyExcluded = true;
      } else if (isTime
          ? settings.column(name).as() == Use.DATE
          : ColumnTypes.kind(type).isPresent()) {
        usable.add(name);
      } else {
        String reason = type.simpleString() + (isTime ? "; " + asDate(name) : "");
        others.add(name + " (" + reason + ")");
        leftOut.put(name, reason);
      }
    }
    for (String name : usable) {
      want(name, Optional.empty());
      byPattern.add(name);
    }
    unread().stream()
        .filter(name -> pattern.matcher(name).matches())
        .forEach(
            name ->
                leftOut.put(name, "in some of the files only; " + ColumnChoice.TO_USE_IT + MERGE));
    if (usable.isEmpty() && !anyExcluded) {
      problems.add(nothingUsable(feature, others));
    } else if (usable.isEmpty()) {
      problems.add(
          "data.exclude leaves no column of use for "
              + feature
              + (others.isEmpty() ? "" : ", only " + Names.list(others))
              + "; exclude less");
    }
  }

  private static String nothingUsable(String pattern, List<String> others) {
    return "data.features: "
        + pattern
        + " matches no column of numbers or text"
        + (others.isEmpty() ? "" : ", only " + Names.list(others))
        + "; name other columns, or one array or vector column by its full name";
  }

  private Set<String> excluded() {
    Set<String> matches = new LinkedHashSet<>();
    List<String> unknown = new ArrayList<>();
    for (String name : settings.exclude()) {
      String column = asInTable(name);
      Pattern pattern = Names.compile(name);
      List<String> found =
          column.equals(name)
              ? known.stream().filter(k -> pattern.matcher(k).matches()).toList()
              : List.of(column);
      matches.addAll(found);
      if (found.isEmpty()) {
        unknown.add(Names.isPattern(name) ? name : Names.withSuggestion(name, known));
      }
    }
    if (!unknown.isEmpty()) {
      problems.add(
          "data.exclude matches no column: " + String.join(", ", unknown) + "; correct it");
    }
    settings.weight().ifPresent(column -> exclude(column, matches));
    return matches;
  }

  /** What rows are weighted by is no feature. */
  private void exclude(String weight, Set<String> matches) {
    if (!known.contains(weight)) {
      problems.add(
          "data.weight names a column that "
              + settings.source().describe()
              + " does not have: "
              + Names.withSuggestion(weight, known)
              + "; correct the name");
    } else {
      DataType type = schema.apply(weight).dataType();
      if (ColumnTypes.kind(type).filter(kind -> kind != ColumnKind.TIME).isEmpty()) {
        problems.add(
            "data.weight "
                + weight
                + " is a column of type "
                + type.simpleString()
                + "; name one of numbers");
      }
    }
    if (settings.features().contains(weight)) {
      problems.add("data.weight " + weight + " is in data.features too; remove it from one");
    }
    matches.add(weight);
  }

  private Map<String, String> expressions() {
    Map<String, String> expressions = new LinkedHashMap<>();
    wanted.forEach(
        (name, expression) -> expression.ifPresent(found -> expressions.put(name, found.sql())));
    return expressions;
  }

  private Map<String, String> types() {
    Map<String, String> types = new LinkedHashMap<>();
    wanted.forEach(
        (name, expression) -> {
          for (String input : expression.map(FeatureExpression::inputs).orElse(Set.of(name))) {
            types.put(input, StoredType.of(schema.apply(input).dataType()));
          }
        });
    return types;
  }
}
