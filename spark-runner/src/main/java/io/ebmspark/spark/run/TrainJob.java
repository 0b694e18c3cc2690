package io.ebmspark.spark.run;

import io.ebmspark.core.energy.Energy;
import io.ebmspark.core.settings.Partial;
import io.ebmspark.core.settings.Setting;
import io.ebmspark.core.training.TrainingSettings;
import io.ebmspark.spark.data.DataSettings;
import io.ebmspark.spark.model.SamplingSettings;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;

/** A job file of {@code ebm train}. */
public record TrainJob(
    @Setting("the data to train on") DataSettings data,
    @Setting("the energy to train; follows from the table if absent") Optional<Energy> energy,
    @Setting(value = TrainJob.TRAINING, defaultsTo = "{}") Partial<TrainingSettings> training,
    @Setting(value = "how the model is sampled by default", defaultsTo = "{}")
        SamplingSettings sampling,
    @Setting("where the model goes") OutputSettings output,
    @Setting(
            "a safetensors file of weights that training begins with, under the energy's own names,"
                + " as PyTorch writes it (docs/exchange.md); fresh ones if absent")
        Optional<String> initialWeights)
    implements Job {
  /** What a job leaves open of its training. */
  static final String TRAINING =
      "how it is trained; if objective is absent, then steps, batchSize, learningRate"
          + " and averageDecay may be absent too, and follow from the table; shards always do";

  /** A job that begins with fresh weights. */
  public TrainJob(
      DataSettings data,
      Optional<Energy> energy,
      Partial<TrainingSettings> training,
      SamplingSettings sampling,
      OutputSettings output) {
    this(data, energy, training, sampling, output, Optional.empty());
  }

  /** The same with nothing left open. */
  TrainJob with(Recipe recipe) {
    return new TrainJob(
        data,
        Optional.of(recipe.energy()),
        Partial.complete(recipe.training()),
        sampling,
        output,
        initialWeights);
  }

  @Override
  public TrainJob withoutSecrets() {
    return new TrainJob(data.withoutSecrets(), energy, training, sampling, output, initialWeights);
  }

  @Override
  public String recordFolder(String run, Configuration hadoop) {
    return output.model() + ".train";
  }
}
