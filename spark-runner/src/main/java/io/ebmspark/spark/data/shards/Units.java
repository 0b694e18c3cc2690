package io.ebmspark.spark.data.shards;

import io.ebmspark.core.data.FeatureScaling;
import java.util.List;

/**
 * The features of a model and their scaling. A table can be converted to another model's units, so
 * that the model's weights keep their meaning.
 *
 * @param features their names, in the model's order; those of an array are like {@code pixels[0]}
 * @param scaling one pair per feature
 * @param means replacements for missing values, one per feature, in the table's units
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
