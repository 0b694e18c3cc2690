package io.ebmspark.spark.data.features;

import io.ebmspark.spark.data.SessionZone;
import io.ebmspark.spark.data.encoding.ColumnKind;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;

/**
 * The features of a table: columns, or expressions over columns, one value each; or one column of
 * arrays or vectors.
 *
 * @param columns the names of the features: a column of the table, or an expression's name
 * @param expressions SQL of those that are not columns, by name
 * @param types Spark types of the table's columns that features are taken from
 * @param kinds what the values are of those that are no numbers, by name
 * @param isArray whether the features are the values of one array or vector column
 * @param width the number of features; 0 for an array whose length is not known yet
 * @param zone the time zone that instants are dates and times in; empty for the session's
 */
public record Features(
    List<String> columns,
    Map<String, String> expressions,
    Map<String, String> types,
    Map<String, ColumnKind> kinds,
    boolean isArray,
    int width,
    Optional<String> zone) {
  public Features {
    columns = List.copyOf(columns);
    expressions = Collections.unmodifiableMap(new LinkedHashMap<>(expressions));
    types = Collections.unmodifiableMap(new LinkedHashMap<>(types));
    kinds = Collections.unmodifiableMap(new LinkedHashMap<>(kinds));
  }

  /** Features that are numbers. */
  public Features(
      List<String> columns,
      Map<String, String> expressions,
      Map<String, String> types,
      boolean isArray,
      int width) {
    this(columns, expressions, types, Map.of(), isArray, width, Optional.empty());
  }

  /** What the values of a feature are. */
  public ColumnKind kind(String name) {
    return kinds.getOrDefault(name, ColumnKind.NUMBER);
  }

  /** Whether {@link #width} is known; that of an array without a shape is not at first. */
  public boolean hasWidth() {
    return width > 0;
  }

  /** The same features, of an array now known to have this length. */
  public Features withWidth(int known) {
    if (!isArray || known < 1) {
      throw new IllegalArgumentException("width " + known + " of " + columns);
    }
    return new Features(columns, expressions, types, kinds, true, known, zone);
  }

  /** The same features, where a table holds them in one array or vector column, or in scalars. */
  Features as(boolean array) {
    return new Features(columns, expressions, types, kinds, array, width, zone);
  }

  /** The scalar features at these places of {@link #columns}. */
  public Features keep(int[] kept) {
    if (isArray) {
      throw new IllegalStateException("values of an array are not columns");
    }
    List<String> names = Arrays.stream(kept).mapToObj(columns::get).toList();
    Map<String, String> left = new LinkedHashMap<>(expressions);
    left.keySet().retainAll(names);
    Map<String, ColumnKind> leftKinds = new LinkedHashMap<>(kinds);
    leftKinds.keySet().retainAll(names);
    return new Features(names, left, types, leftKinds, false, kept.length, zone);
  }

  /** The same without some, all of them scalars. */
  public Features without(Set<String> names) {
    return keep(
        IntStream.range(0, columns.size()).filter(i -> !names.contains(columns.get(i))).toArray());
  }

  /** The same, instants being dates and times in a zone. */
  public Features inZone(Optional<String> known) {
    return new Features(columns, expressions, types, kinds, isArray, width, known);
  }

  /** One name per feature; those of an array column are like {@code pixels[0]}. */
  public List<String> featureNames() {
    return isArray ? namesOf(columns.get(0), width) : columns;
  }

  static List<String> namesOf(String array, int width) {
    List<String> names = new ArrayList<>();
    for (int i = 0; i < width; i++) {
      names.add(array + "[" + i + "]");
    }
    return names;
  }

  /** What to select from the table to get the features, under their names. */
  public Column[] selection() {
    return columns.stream().map(this::column).toArray(Column[]::new);
  }

  /** The features of a table under their names, and more columns after them. */
  public Dataset<Row> select(Dataset<Row> table, Column... more) {
    List<Column> all = new ArrayList<>(List.of(selection()));
    all.addAll(List.of(more));
    return SessionZone.in(
        table.sparkSession(),
        zone,
        () -> ColumnTypes.withoutZones(table.select(all.toArray(Column[]::new))));
  }

  private Column column(String name) {
    String expression = expressions.get(name);
    return expression == null ? quoted(name) : functions.expr(expression).as(name);
  }

  /** The column of exactly this name, which may hold dots. */
  public static Column quoted(String name) {
    return functions.col(inBackticks(name));
  }

  /** A column's name as SQL has one that is no plain word. */
  static String inBackticks(String name) {
    return "`" + name.replace("`", "``") + "`";
  }
}
