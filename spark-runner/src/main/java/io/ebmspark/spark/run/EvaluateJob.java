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
    @Setting("where the registry is; see docs/registry.md for where it is looked for otherwise")
        Optional<String> registry,
    @Setting("the rows evaluated on; what the model was trained on if absent")
        Optional<SourceSettings> source,
    @Setting(
            "column, or SQL expression, that is 1 or true for known anomalies; without it, corrupted"
                + " rows stand for them")
        Optional<String> label,
    @Setting(
            value =
                "held-out leaves out the rows the model was trained on, where the source is the one"
                    + " it was trained from; all takes them too, and what is said of them is"
                    + " optimistic",
            defaultsTo = "held-out")
        Rows rows,
    @Setting("what is done with rows that lack a number: as in training if absent")
        Optional<MissingValues> missing,
    @Setting(value = "what is evaluated, and how thoroughly", defaultsTo = "{}")
        EvaluationSettings evaluation)
    implements Job {
  /** Which rows are evaluated on. */
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
