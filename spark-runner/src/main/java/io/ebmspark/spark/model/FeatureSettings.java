package io.ebmspark.spark.model;

import io.ebmspark.core.data.FeatureScaling;
import io.ebmspark.core.settings.Check;
import io.ebmspark.core.settings.Setting;
import io.ebmspark.spark.data.MissingValues;
import java.util.List;

/** The features a model was trained on, and how they come to its units. */
public record FeatureSettings(
    @Setting("columns, or the one array or vector column") List<String> columns,
    @Setting("whether the features are the entries of one array or vector column") boolean packed,
    @Setting("what is done with rows that lack a number") MissingValues missing,
    @Setting("mean of each feature over the training rows, in the table's units") List<Double> mean,
    @Setting("subtracted from each feature, in the table's units") List<Double> offset,
    @Setting("what each feature is then divided by") List<Double> scale) {
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
  }

  /** The map between the table's units and the model's. */
  public FeatureScaling scaling() {
    return new FeatureScaling(array(offset), array(scale));
  }

  /** The means as an array. */
  public double[] means() {
    return array(mean);
  }

  private static double[] array(List<Double> values) {
    return values.stream().mapToDouble(Double::doubleValue).toArray();
  }
}
