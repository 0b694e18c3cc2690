package io.ebmspark.spark.data.shards;

import io.ebmspark.core.data.FeatureScaling;
import java.util.List;

/**
 * The features a model computes with and how they come to it: a table may be brought to another
 * model's units, so that its weights mean the same there.
 *
 * @param features their names, in the model's order; those of an array are like {@code pixels[0]}
 * @param scaling of these features
 * @param means what is put in where a value is missing, in the table's units
 */
public record Units(List<String> features, FeatureScaling scaling, double[] means) {
  public Units {
    features = List.copyOf(features);
    if (features.size() != scaling.width() || features.size() != means.length) {
      throw new IllegalArgumentException(
          features.size()
              + " features, "
              + scaling.width()
              + " scales and "
              + means.length
              + " means");
    }
  }
}
