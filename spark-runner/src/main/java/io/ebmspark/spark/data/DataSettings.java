package io.ebmspark.spark.data;

import io.ebmspark.core.settings.Check;
import io.ebmspark.core.settings.Setting;
import java.util.List;
import java.util.Optional;

/** Which table, which columns are features, and how they reach the model. */
public record DataSettings(
    @Setting("the table the rows come from") SourceSettings source,
    @Setting(
            value =
                "names or patterns (with *) of numeric columns, a boolean counting as 0 or 1; nested"
                    + " fields (a.b) and SQL expressions (log(a), a / b AS ratio); or one array or"
                    + " vector column",
            defaultsTo = "[\"*\"]",
            orSingle = true)
        List<String> features,
    @Setting(
            value = "names or patterns (with *) of columns left out",
            defaultsTo = "[]",
            orSingle = true)
        List<String> exclude,
    @Setting(
            value = "shape of a row, as in [1, 28, 28]; empty: [number of features]",
            defaultsTo = "[]")
        List<Integer> shape,
    @Setting(value = "what to do about nulls, NaN and infinities", defaultsTo = "error")
        MissingValues missing,
    @Setting(
            value = "what to do about columns of one value, under standard scaling",
            defaultsTo = "error")
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
        other, features, exclude, shape, missing, constantColumns, scaling, range, holdOut, weight);
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
