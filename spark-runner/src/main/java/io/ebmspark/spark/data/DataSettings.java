package io.ebmspark.spark.data;

import io.ebmspark.core.settings.Check;
import io.ebmspark.core.settings.Setting;
import java.util.List;

/** The training data: a table, its features, and how they are brought to the model's units. */
public record DataSettings(
    @Setting("where the rows are") SourceSettings source,
    @Setting(
            value =
                "columns used: names, or patterns with *; or one array or vector column. \"*\" is"
                    + " every numeric column",
            defaultsTo = "[\"*\"]")
        List<String> features,
    @Setting(value = "columns left out: names, or patterns with *", defaultsTo = "[]")
        List<String> exclude,
    @Setting(
            value = "shape of one row, such as [1, 28, 28]; empty means [number of features]",
            defaultsTo = "[]")
        List<Long> shape,
    @Setting(value = "what is done with rows that lack a number", defaultsTo = "error")
        MissingValues missing,
    @Setting(value = "what is done with columns of one value", defaultsTo = "error")
        ConstantColumns constantColumns,
    @Setting(value = "how features are brought to the model's units", defaultsTo = "standard")
        Scaling scaling,
    @Setting(value = "[lowest, highest] value, for scaling: range", defaultsTo = "[0, 255]")
        List<Double> range) {
  public DataSettings {
    Check.notEmpty("features", features);
    shape.forEach(length -> Check.positive("shape", length));
    Check.that(
        range.size() == 2 && range.get(0) < range.get(1),
        "range",
        "must be [lowest, highest], got " + range);
  }
}
