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

/** Everything about a model except its weights: the content of {@code config.json}. */
public record ModelConfig(
    @Setting("format of the folder") String format,
    @Setting("architecture") Energy energy,
    @Setting("shape of one row") List<Long> shape,
    @Setting("features") FeatureSettings features,
    @Setting("temperature T of the density exp(−E/T)") double temperature,
    @Setting("how it was trained") TrainingSettings training,
    @Setting("how it is sampled by default") SamplingSettings sampling,
    @Setting("what it was trained on") DataSettings data,
    @Setting("what produced it") Provenance provenance,
    @Setting("quantiles of the energies of the rows held out, or of the training rows if none were")
        @FormerNames("trainingEnergies")
        EnergyPercentiles percentiles,
    @Setting("SHA-256 of model.safetensors, in hex") String weightsSha256,
    @Setting("the rows held out; absent if none were") Optional<HeldOutRows> heldOut,
    @Setting("final state of its training; absent in models of release 0.1")
        Optional<TrainingEnd> end,
    @Setting("usual rows that explanations compare with; absent in models of release 0.1")
        Optional<BaselineRows> baselines) {
  /** The only format so far. */
  public static final String FORMAT = "ebm-on-spark/1";

  public ModelConfig {
    Check.that(
        format.equals(FORMAT), "format", "is '" + format + "'; this version reads " + FORMAT);
    Check.positive("temperature", temperature);
    long product = shape.stream().reduce(1L, (a, b) -> a * b);
    Check.that(
        product == features.scale().size(),
        "shape",
        "has " + product + " values, but there are " + features.scale().size() + " features");
  }

  /** For a model without baseline rows. */
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
      String weightsSha256,
      Optional<HeldOutRows> heldOut,
      Optional<TrainingEnd> end) {
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
        heldOut,
        end,
        Optional.empty());
  }

  /** For a model without held-out rows and without a stored training state. */
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

  /** A copy with the checksums of the files stored beside it. */
  ModelConfig withChecksums(
      String weights,
      Optional<HeldOutRows> stored,
      Optional<TrainingEnd> state,
      Optional<BaselineRows> usual) {
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
        state,
        usual);
  }

  /** The shape as an array. */
  public long[] rowShape() {
    return shape.stream().mapToLong(Long::longValue).toArray();
  }
}
