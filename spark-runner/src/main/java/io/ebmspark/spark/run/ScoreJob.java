package io.ebmspark.spark.run;

import io.ebmspark.core.settings.Check;
import io.ebmspark.core.settings.Setting;
import io.ebmspark.spark.data.MissingValues;
import io.ebmspark.spark.data.SourceSettings;
import java.util.Optional;

/** A job file of {@code ebm score}. */
public record ScoreJob(
    @Setting("folder of the model") String model,
    @Setting("the rows scored") SourceSettings source,
    @Setting(
            "what is done with rows that lack a number: as in training if absent; drop makes their energy null")
        Optional<MissingValues> missing,
    @Setting(value = "column added for the energy: higher is less usual", defaultsTo = "energy")
        String energyColumn,
    @Setting(
            value = "column added for the energy's percentile among the training rows, 0 to 100",
            defaultsTo = "energy_percentile")
        String percentileColumn,
    @Setting("where the scored rows go") TableOutput output)
    implements Job {
  public ScoreJob {
    Check.that(!energyColumn.isBlank(), "energyColumn", "must not be blank");
    Check.that(!percentileColumn.isBlank(), "percentileColumn", "must not be blank");
    Check.that(
        !energyColumn.equals(percentileColumn),
        "percentileColumn",
        "must differ from energyColumn, got " + percentileColumn);
  }

  @Override
  public ScoreJob withoutSecrets() {
    return new ScoreJob(
        model,
        source.withoutSecrets(),
        missing,
        energyColumn,
        percentileColumn,
        output.withoutSecrets());
  }

  @Override
  public String recordFolder() {
    return output.path() + ".score";
  }
}
