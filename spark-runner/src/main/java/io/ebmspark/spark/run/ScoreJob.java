package io.ebmspark.spark.run;

import io.ebmspark.core.settings.Check;
import io.ebmspark.core.settings.Setting;
import io.ebmspark.spark.data.MissingValues;
import io.ebmspark.spark.data.SourceSettings;
import io.ebmspark.spark.score.ExplainSettings;
import io.ebmspark.spark.score.ThresholdSettings;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;

/** A job file of {@code ebm score}. */
public record ScoreJob(
    @Setting("folder of the model, or a registered one: models:/NAME/3, models:/NAME@champion")
        String model,
    @Setting("folder of the registry; docs/registry.md says where it is looked for if absent")
        Optional<String> registry,
    @Setting("the rows to score") SourceSettings source,
    @Setting(
            "what to do with rows that have missing values the model has no input for; as in training"
                + " if absent; drop and indicator make their energy null")
        Optional<MissingValues> missing,
    @Setting(value = "column added for the energy: higher is less usual", defaultsTo = "energy")
        String energyColumn,
    @Setting(
            value =
                "column added for the energy's percentile, 0 to 100, among the rows held out from"
                    + " training, or the training rows if none were",
            defaultsTo = "energy_percentile")
        String percentileColumn,
    @Setting(
            value =
                "column added for the energy's p-value among n rows held out from training,"
                    + " (1 + the number with an energy at least as high) / (n + 1), if there were"
                    + " any",
            defaultsTo = "energy_p_value")
        String pValueColumn,
    @Setting("which rows to flag; none if absent") Optional<ThresholdSettings> threshold,
    @Setting(
            value = "column added if there is a threshold: whether a row is flagged",
            defaultsTo = "is_anomaly")
        String flagColumn,
    @Setting("which rows are explained, and how; none if absent") Optional<ExplainSettings> explain,
    @Setting(value = "how many rows of highest energy to show at the end", defaultsTo = "10")
        int show,
    @Setting("where the scored rows go") TableOutput output)
    implements Job {
  private static final int MOST_SHOWN = 1000;

  public ScoreJob {
    Map<String, String> names = new LinkedHashMap<>();
    names.put("energyColumn", energyColumn);
    names.put("percentileColumn", percentileColumn);
    names.put("pValueColumn", pValueColumn);
    names.put("flagColumn", flagColumn);
    explain
        .filter(ExplainSettings::isOn)
        .ifPresent(
            wanted -> {
              names.put("explain.contributionsColumn", wanted.contributionsColumn());
              names.put("explain.unexplainedColumn", wanted.unexplainedColumn());
              Check.that(
                  wanted.rows() == ExplainSettings.Rows.ALL || threshold.isPresent(),
                  "explain.rows",
                  "is flagged, and no row is without a threshold; set threshold, or explain.rows to"
                      + " all");
            });
    Map<String, String> seen = new HashMap<>();
    names.forEach(
        (setting, name) -> {
          Check.that(!name.isBlank(), setting, "must not be blank");
          String other = seen.put(name.toLowerCase(Locale.ROOT), setting);
          Check.that(
              other == null,
              setting,
              "must differ from " + other + ", in more than case, got " + name);
        });
    Check.between("show", show, 0, MOST_SHOWN);
  }

  @Override
  public ScoreJob withoutSecrets() {
    return new ScoreJob(
        model,
        registry,
        source.withoutSecrets(),
        missing,
        energyColumn,
        percentileColumn,
        pValueColumn,
        threshold,
        flagColumn,
        explain,
        show,
        output.withoutSecrets());
  }

  @Override
  public String recordFolder(String run, Configuration hadoop) {
    return output.path() + ".score";
  }
}
