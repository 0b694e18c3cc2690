package io.ebmspark.spark.run;

import io.ebmspark.core.settings.Setting;
import io.ebmspark.spark.check.CheckSettings;
import io.ebmspark.spark.data.SourceSettings;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;

/** A job file of {@code ebm drift}. */
public record DriftJob(
    @Setting("folder of the model, or a registered one: models:/NAME/3, models:/NAME@champion")
        String model,
    @Setting("folder of the registry; docs/registry.md says where it is looked for if absent")
        Optional<String> registry,
    @Setting("the rows to compare with those it was trained on") SourceSettings source,
    @Setting(value = "what is checked, and how far it may move", defaultsTo = "{}")
        CheckSettings checks)
    implements Job {
  @Override
  public DriftJob withoutSecrets() {
    return new DriftJob(model, registry, source.withoutSecrets(), checks);
  }

  @Override
  public String recordFolder(String run, Configuration hadoop) {
    return Job.besideModel(model, registry, "drift", run, hadoop);
  }
}
