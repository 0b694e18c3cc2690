package io.ebmspark.spark.run;

import io.ebmspark.core.energy.Energy;
import io.ebmspark.core.settings.Setting;
import io.ebmspark.core.training.TrainingSettings;
import io.ebmspark.spark.data.DataSettings;
import io.ebmspark.spark.model.SamplingSettings;
import org.apache.hadoop.conf.Configuration;

/** A job file of {@code ebm train}. */
public record TrainJob(
    @Setting("the data to train on") DataSettings data,
    @Setting("the energy to train") Energy energy,
    @Setting("how it is trained") TrainingSettings training,
    @Setting(value = "how the model is sampled by default", defaultsTo = "{}")
        SamplingSettings sampling,
    @Setting("where the model goes") OutputSettings output)
    implements Job {
  @Override
  public TrainJob withoutSecrets() {
    return new TrainJob(data.withoutSecrets(), energy, training, sampling, output);
  }

  @Override
  public String recordFolder(String run, Configuration hadoop) {
    return output.model() + ".train";
  }
}
