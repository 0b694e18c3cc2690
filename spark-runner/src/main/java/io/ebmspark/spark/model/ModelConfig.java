package io.ebmspark.spark.model;

import io.ebmspark.core.energy.Energy;
import io.ebmspark.core.model.EnergyPercentiles;
import io.ebmspark.core.settings.Check;
import io.ebmspark.core.settings.FormerNames;
import io.ebmspark.core.settings.Setting;
import io.ebmspark.core.training.TrainingSettings;
import io.ebmspark.spark.data.DataSettings;
import java.util.List;
import java.util.Optional;

/** All there is to a model but its weights: the content of {@code config.json}. */
public record ModelConfig(
    @Setting("format of the folder") String format,
    @Setting("architecture") Energy energy,
    @Setting("shape of one row") List<Long> shape,
    @Setting("features") FeatureSettings features,
    @Setting("temperature T of the density exp(−E/T)") double temperature,
    @Setting("how it was trained") TrainingSettings training,
    @Setting("how it is sampled, unless asked otherwise") SamplingSettings sampling,
    @Setting("what it was trained on") DataSettings data,
    @Setting("what made it") Provenance provenance,
    @Setting("energies of the rows held out, or of the training rows where none were")
        @FormerNames("trainingEnergies")
        EnergyPercentiles percentiles,
    @Setting("SHA-256 of model.safetensors, in hex") String weightsSha256,
    @Setting("the rows held out; absent where none were") Optional<HeldOutRows> heldOut,
    @Setting("state its training ended in; absent in models of release 0.1")
        Optional<TrainingEnd> end) {
  /** The one format there is. */
  public static final String FORMAT = "ebm-on-spark/1";

  public ModelConfig {
    Check.that(
        format.equals(FORMAT), "format", "is '" + format + "', and this version reads " + FORMAT);
    Check.positive("temperature", temperature);
    long product = shape.stream().reduce(1L, (a, b) -> a * b);
    Check.that(
        product == features.scale().size(),
        "shape",
        "has " + product + " values, and there are " + features.scale().size() + " features");
  }

  /** Of a model of which no rows were held out, nor the end of its training kept. */
  public ModelConfig(
      String format,
      Energy energy,
      List<Long> shape,
      FeatureSettings features,
      double temperature,
      TrainingSettings training,
      SamplingSettings sampling,
      DataSettings data,
      Provenance provenance,
      EnergyPercentiles percentiles,
      String weightsSha256) {
    this(
        format,
        energy,
        shape,
        features,
        temperature,
        training,
        sampling,
        data,
        provenance,
        percentiles,
        weightsSha256,
        Optional.empty(),
        Optional.empty());
  }

  /** The same, with the checksums of what is stored beside it. */
  ModelConfig withChecksums(
      String weights, Optional<HeldOutRows> stored, Optional<TrainingEnd> state) {
    return new ModelConfig(
        format,
        energy,
        shape,
        features,
        temperature,
        training,
        sampling,
        data,
        provenance,
        percentiles,
        weights,
        stored,
        state);
  }

  /** The shape as an array. */
  public long[] rowShape() {
    return shape.stream().mapToLong(Long::longValue).toArray();
  }
}
