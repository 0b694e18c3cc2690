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
    @Setting("what is trained on") DataSettings data,
    @Setting("the energy that is trained; follows from the table if absent")
        Optional<Energy> energy,
    @Setting(
            value =
                "how it is trained; where objective is absent, so may be steps, batchSize,"
                    + " learningRate and averageDecay, and follow from the table",
            defaultsTo = "{}")
        Partial<TrainingSettings> training,
    @Setting(value = "how the model is sampled, unless asked otherwise", defaultsTo = "{}")
        SamplingSettings sampling,
    @Setting("where the model goes") OutputSettings output)
    implements Job {
  /** The same with nothing left open. */
  TrainJob with(Recipe recipe) {
    return new TrainJob(
        data,
        Optional.of(recipe.energy()),
        Partial.complete(recipe.training()),
        sampling,
        output);
  }

  @Override
  public TrainJob withoutSecrets() {
    return new TrainJob(data.withoutSecrets(), energy, training, sampling, output);
  }

  @Override
  public String recordFolder(String run, Configuration hadoop) {
    return output.model() + ".train";
  }
}
