package io.ebmspark.spark.model;

import io.ebmspark.core.data.FeatureScaling;
import io.ebmspark.core.settings.Check;
import io.ebmspark.core.settings.Setting;
import io.ebmspark.spark.data.MissingValues;
import io.ebmspark.spark.data.features.Features;
import io.ebmspark.spark.data.shards.ShardedTable;
import io.ebmspark.spark.data.shards.Units;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** The features a model was trained on, and their conversion to its units. */
public record FeatureSettings(
    @Setting("columns or names of expressions, or the one array or vector column")
        List<String> columns,
    @Setting("whether the features are the entries of one array or vector column") boolean packed,
    @Setting("what to do with rows that have missing values") MissingValues missing,
    @Setting("mean of each feature over the training rows, in the table's units") List<Double> mean,
    @Setting("subtracted from each feature, in the table's units") List<Double> offset,
    @Setting("what each feature is then divided by") List<Double> scale,
    @Setting(value = "SQL of the features that are expressions, by name", defaultsTo = "{}")
        Map<String, String> expressions,
    @Setting(
            value = "Spark types of the columns the features are computed from, by name",
            defaultsTo = "{}")
        Map<String, String> types,
    @Setting(value = "columns of the training table that were left out, and why", defaultsTo = "{}")
        Map<String, String> leftOut) {
  public FeatureSettings {
    Check.notEmpty("columns", columns);
    Check.that(
        offset.size() == scale.size() && mean.size() == scale.size(),
        "scale",
        "must have as many entries as offset and mean");
    Check.that(
        packed ? columns.size() == 1 : columns.size() == scale.size(),
        "columns",
        "must name each feature, or one array column");
    Check.that(
        columns.containsAll(expressions.keySet()),
        "expressions",
        "must belong to features, got " + expressions.keySet());
    columns = List.copyOf(columns);
    expressions = Collections.unmodifiableMap(new LinkedHashMap<>(expressions));
    types = Collections.unmodifiableMap(new LinkedHashMap<>(types));
    leftOut = Collections.unmodifiableMap(new LinkedHashMap<>(leftOut));
  }

  /** The features of a table, as a model trained on it stores them. */
  public static FeatureSettings of(ShardedTable table, MissingValues missing) {
    Features features = table.features();
    return new FeatureSettings(
        features.columns(),
        features.isArray(),
        missing,
        boxed(table.means()),
        boxed(table.scaling().offset()),
        boxed(table.scaling().scale()),
        features.expressions(),
        features.types(),
        table.leftOut());
  }

  /** The features, to look up in a table. */
  public Features features() {
    return new Features(columns, expressions, types, packed, scale.size());
  }

  /**
   * Whether these features alone decide which rows were held out. They do not if others were read
   * and hashed with them, and only left out after their values were known.
   */
  public boolean tellHeldOut() {
    return !leftOut.containsValue(ShardedTable.ONE_VALUE)
        && !leftOut.containsValue(ShardedTable.NOT_IN_UNITS);
  }

  /**
   * The model's inputs that one column makes: the places {@code first} to {@code first + count − 1}
   * of a packed row.
   *
   * @param column its name; of an array, the name of one place, as in {@code pixels[7]}
   */
  public record Group(String column, int first, int count) {}

  /** Which column each input is made of, in the inputs' order. */
  public List<Group> groups() {
    List<String> names = features().featureNames();
    return IntStream.range(0, names.size()).mapToObj(i -> new Group(names.get(i), i, 1)).toList();
  }

  /** The model's units, to convert a table to. */
  public Units units() {
    return new Units(features().featureNames(), scaling(), means());
  }

  /** The map between the table's units and the model's, one pair per feature. */
  public FeatureScaling scaling() {
    return new FeatureScaling(array(offset), array(scale));
  }

  /** The mean of each feature over the training rows, in the table's units. */
  public double[] means() {
    return array(mean);
  }

  private static List<Double> boxed(double[] values) {
    return Arrays.stream(values).boxed().toList();
  }

  private static double[] array(List<Double> values) {
    return values.stream().mapToDouble(Double::doubleValue).toArray();
  }
}
