package io.ebmspark.spark.exchange;

import io.ebmspark.core.settings.Setting;
import io.ebmspark.spark.data.encoding.Encoding;
import io.ebmspark.spark.model.FeatureSettings;
import io.ebmspark.spark.model.ModelConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * What an exported file says of itself, as JSON: which inputs it takes, and of which model it is.
 */
public record ModelCard(
    @Setting("format of this description") String format,
    @Setting("a name for each input, in order") List<String> inputs,
    @Setting("the columns inputs are made of, and how") FeatureSettings features,
    @Setting("temperature T of the density exp(−E/T)") double temperature,
    @Setting("SHA-256 of the model's weights, in hex") String weightsSha256,
    @Setting("versions of what trained it") Map<String, String> versions) {
  /** The only format so far. */
  public static final String FORMAT = "ebm-on-spark-export/1";

  /** The card of a model. */
  public static ModelCard of(ModelConfig config) {
    return new ModelCard(
        FORMAT,
        inputs(config.features()),
        config.features(),
        config.temperature(),
        config.weightsSha256(),
        config.provenance().versions());
  }

  private static List<String> inputs(FeatureSettings features) {
    List<String> names = new ArrayList<>();
    for (FeatureSettings.Group group : features.groups()) {
      Encoding encoding = features.encodings().get(group.column());
      names.addAll(
          encoding == null ? List.of(group.column()) : encoding.inputNames(group.column()));
    }
    return names;
  }
}
