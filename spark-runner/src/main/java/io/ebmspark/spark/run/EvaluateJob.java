package io.ebmspark.spark.run;

import io.ebmspark.core.settings.Check;
import io.ebmspark.core.settings.Setting;
import io.ebmspark.spark.data.MissingValues;
import io.ebmspark.spark.data.SourceSettings;
import io.ebmspark.spark.evaluate.EvaluationSettings;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;

/** A job file of {@code ebm evaluate}. */
public record EvaluateJob(
    @Setting("folder of the model, or a registered one: models:/NAME/3, models:/NAME@champion")
        String model,
    @Setting("folder of the registry; docs/registry.md says where it is looked for if absent")
        Optional<String> registry,
    @Setting("the rows to evaluate on; the model's training table if absent")
        Optional<SourceSettings> source,
    @Setting(
            "column or SQL expression that is 1 or true for known anomalies; if absent, corrupted"
                + " rows stand in for them")
        Optional<String> label,
    @Setting(
            value =
                "held-out leaves out the rows the model was trained on, if the source is its"
                    + " training table; all includes them, which makes the results optimistic",
            defaultsTo = "held-out")
        Rows rows,
    @Setting("what to do with rows that have missing values; as in training if absent")
        Optional<MissingValues> missing,
    @Setting(value = "what to evaluate, and how thoroughly", defaultsTo = "{}")
        EvaluationSettings evaluation)
    implements Job {
  /** Which rows to evaluate on. */
  public enum Rows {
    /** Those the model was not trained on. */
    HELD_OUT,
    /** All of them. */
    ALL
  }

  public EvaluateJob {
    Check.that(label.isEmpty() || !label.get().isBlank(), "label", "must not be blank");
  }

  @Override
  public EvaluateJob withoutSecrets() {
    return new EvaluateJob(
        model,
        registry,
        source.map(SourceSettings::withoutSecrets),
        label,
        rows,
        missing,
        evaluation);
  }

  @Override
  public String recordFolder(String run, Configuration hadoop) {
    return Job.besideModel(model, registry, "evaluate", run, hadoop);
  }
}
