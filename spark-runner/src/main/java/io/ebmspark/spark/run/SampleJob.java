package io.ebmspark.spark.run;

import io.ebmspark.core.settings.Check;
import io.ebmspark.core.settings.Setting;
import io.ebmspark.spark.model.SamplingSettings;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;

/** A job file of {@code ebm sample}. */
public record SampleJob(
    @Setting("folder of the model, or a registered one: models:/NAME/3, models:/NAME@champion")
        String model,
    @Setting("folder of the registry; docs/registry.md says where it is looked for if absent")
        Optional<String> registry,
    @Setting(value = "number of rows to draw", defaultsTo = "1000") long rows,
    @Setting("how to draw them; the model's own settings if absent")
        Optional<SamplingSettings> sampling,
    @Setting(value = "random seed; another one gives other rows", defaultsTo = "0") long seed,
    @Setting(
            value = "whether to allow a sampler whose temperature differs from the model's",
            defaultsTo = "false")
        boolean forceTemperature,
    @Setting(
            value =
                "whether drawn numbers and dates are brought between the lowest and the highest"
                    + " training row's",
            defaultsTo = "false")
        boolean clip,
    @Setting(
            value = "column of the drawn rows' energies, as scoring them would give",
            defaultsTo = "energy")
        String energyColumn,
    @Setting("where the rows go") TableOutput output)
    implements Job {
  public SampleJob {
    Check.positive("rows", rows);
    Check.that(!energyColumn.isBlank(), "energyColumn", "must not be blank");
  }

  @Override
  public SampleJob withoutSecrets() {
    return new SampleJob(
        model,
        registry,
        rows,
        sampling,
        seed,
        forceTemperature,
        clip,
        energyColumn,
        output.withoutSecrets());
  }

  @Override
  public String recordFolder(String run, Configuration hadoop) {
    return output.path() + ".sample";
  }
}
