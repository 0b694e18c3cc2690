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
    @Setting("where the registry is; see docs/registry.md for where it is looked for otherwise")
        Optional<String> registry,
    @Setting(value = "number of rows drawn", defaultsTo = "1000") long rows,
    @Setting("how they are drawn; as the model says if absent") Optional<SamplingSettings> sampling,
    @Setting(value = "another seed gives other rows", defaultsTo = "0") long seed,
    @Setting(
            value = "whether a sampler of another temperature than the model's is meant",
            defaultsTo = "false")
        boolean forceTemperature,
    @Setting(
            value =
                "whether drawn numbers and dates are brought between the lowest and the highest"
                    + " training row's",
            defaultsTo = "false")
        boolean clip,
    @Setting(value = "column of the drawn rows' energies", defaultsTo = "energy")
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
