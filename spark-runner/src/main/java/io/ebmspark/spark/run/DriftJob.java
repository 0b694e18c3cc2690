package io.ebmspark.spark.run;

import io.ebmspark.core.settings.Setting;
import io.ebmspark.spark.check.CheckSettings;
import io.ebmspark.spark.data.SourceSettings;

/** A job file of {@code ebm drift}. */
public record DriftJob(
    @Setting("folder of the model") String model,
    @Setting("the rows that are held against those it was trained on") SourceSettings source,
    @Setting(value = "what is looked at, and how far it may move", defaultsTo = "{}")
        CheckSettings checks)
    implements Job {
  @Override
  public DriftJob withoutSecrets() {
    return new DriftJob(model, source.withoutSecrets(), checks);
  }

  @Override
  public String recordFolder() {
    return model + ".drift";
  }
}
