package io.ebmspark.spark.data;

import io.ebmspark.core.settings.Check;
import io.ebmspark.core.settings.Setting;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Which table, which columns are features, and how they reach the model. */
public record DataSettings(
    @Setting("the table the rows come from") SourceSettings source,
    @Setting(
            value =
                "names or patterns (with *) of columns: numbers, booleans as 0 or 1, text, dates"
                    + " where columns says so; nested fields (a.b) and SQL expressions (log(a), a /"
                    + " b AS ratio); or one array or vector column",
            defaultsTo = "[\"*\"]",
            orSingle = true)
        List<String> features,
    @Setting(
            value = "names or patterns (with *) of columns left out",
            defaultsTo = "[]",
            orSingle = true)
        List<String> exclude,
    @Setting(
            value = "what is made of columns, by their names, or patterns (with *)",
            defaultsTo = "{}")
        Map<String, ColumnSettings> columns,
    @Setting(
            value = "shape of a row, as in [1, 28, 28]; empty: [number of features]",
            defaultsTo = "[]")
        List<Integer> shape,
    @Setting(
            value =
                "what to do about nulls, NaN and infinities among numbers and dates: put in the"
                    + " mean and tell the model by an input of its own (indicator), put in the"
                    + " mean, drop such rows, or refuse the table (error)",
            defaultsTo = "indicator")
        MissingValues missing,
    @Setting(
            value =
                "what is done to numbers before they are scaled, unless columns says otherwise;"
                    + " auto takes the logarithm of those that are far more skewed without it",
            defaultsTo = "none")
        ColumnSettings.Transform transform,
    @Setting(
            value =
                "what to do about columns of one value, under standard scaling: keep them, so that"
                    + " another value is unusual, leave them out (drop), or refuse the table"
                    + " (error); text of one value is never used",
            defaultsTo = "keep")
        ConstantColumns constantColumns,
    @Setting(value = "how features are scaled for the model", defaultsTo = "standard")
        Scaling scaling,
    @Setting(
            value = "lowest and highest value, taken to -1 and 1 under range scaling",
            defaultsTo = "[0, 255]")
        List<Double> range,
    @Setting(
            value =
                "rows held out of training, for thresholds and percentiles that hold on new rows",
            defaultsTo = "{}")
        HoldOutSettings holdOut,
    @Setting(
            "numeric column that says what each row counts for in training: one of weight 2 counts"
                + " as two such rows, one of weight 0 is not used; all count the same if absent")
        Optional<String> weight) {
  public DataSettings {
    Check.notEmpty("features", features);
    Check.that(features.stream().noneMatch(String::isBlank), "features", "must not be blank");
    Check.that(exclude.stream().noneMatch(String::isBlank), "exclude", "must not be blank");
    Check.that(
        shape.stream().allMatch(size -> size > 0), "shape", "must be positive, got " + shape);
    Check.that(
        product(shape) <= Integer.MAX_VALUE, "shape", "holds too many values for a row: " + shape);
    Check.that(
        range.size() == 2
            && range.stream().allMatch(Double::isFinite)
            && range.get(0) < range.get(1),
        "range",
        "must be [lowest, highest], got " + range);
    features = List.copyOf(features);
    exclude = List.copyOf(exclude);
    columns = Collections.unmodifiableMap(new LinkedHashMap<>(columns));
    shape = List.copyOf(shape);
    range = List.copyOf(range);
  }

  /** Whether the number of features may shrink once the values are known. */
  public boolean mayDropColumns() {
    return scaling == Scaling.STANDARD && constantColumns == ConstantColumns.DROP;
  }

  /** The same, safe to store with a model. */
  public DataSettings withoutSecrets() {
    return withSource(source.withoutSecrets());
  }

  /** The same of another table. */
  public DataSettings withSource(SourceSettings other) {
    return new DataSettings(
        other,
        features,
        exclude,
        columns,
        shape,
        missing,
        transform,
        constantColumns,
        scaling,
        range,
        holdOut,
        weight);
  }

  /** What is made of a column: as said under its name, or else under the first pattern it fits. */
  public ColumnSettings column(String name) {
    ColumnSettings own = columns.get(name);
    if (own != null) {
      return own;
    }
    return columns.entrySet().stream()
        .filter(entry -> Names.isPattern(entry.getKey()))
        .filter(entry -> Names.anyMatches(entry.getKey(), List.of(name)))
        .map(Map.Entry::getValue)
        .findFirst()
        .orElseGet(ColumnSettings::defaults);
  }

  /** What is done to a number of this name. */
  public ColumnSettings.Transform transform(String name) {
    return column(name).transform().orElse(transform);
  }

  /** The number of values of the shape, in doubles lest it overflow; 1 if no shape is given. */
  public static double product(List<Integer> shape) {
    double product = 1;
    for (int size : shape) {
      product *= size;
    }
    return product;
  }
}
