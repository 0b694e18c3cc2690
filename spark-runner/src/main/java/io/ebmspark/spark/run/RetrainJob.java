package io.ebmspark.spark.run;

import io.ebmspark.core.energy.Energy;
import io.ebmspark.core.settings.Setting;
import io.ebmspark.core.training.TrainingSettings;
import io.ebmspark.spark.check.CheckSettings;
import io.ebmspark.spark.data.DataSettings;
import io.ebmspark.spark.evaluate.EvaluationSettings;
import io.ebmspark.spark.gate.GateSettings;
import io.ebmspark.spark.model.SamplingSettings;
import io.ebmspark.spark.model.StartSettings;
import io.ebmspark.spark.record.Action;
import io.ebmspark.spark.registry.Registry;
import io.ebmspark.spark.registry.Retention;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;

/** A job file of {@code ebm retrain}: one night of a registered model. */
public record RetrainJob(
    @Setting("name of the registered model") String name,
    @Setting("where the registry is; see docs/registry.md for where it is looked for otherwise")
        Optional<String> registry,
    @Setting("the rows of tonight") DataSettings data,
    @Setting(value = "what the rows are checked for before anything is trained", defaultsTo = "{}")
        CheckSettings checks,
    @Setting(
            value =
                "what is done where the rows fail these checks against the oldest version that is"
                    + " kept, though each night's step was small",
            defaultsTo = "warn")
        Action slowDrift,
    @Setting("the energy that is trained") Energy energy,
    @Setting("how it is trained") TrainingSettings training,
    @Setting(value = "what training begins with where there is a champion", defaultsTo = "{}")
        StartSettings warmStart,
    @Setting(value = "how the model is sampled, unless asked otherwise", defaultsTo = "{}")
        SamplingSettings sampling,
    @Setting(
            value = "how champion and candidate are evaluated, on the same held-out rows",
            defaultsTo = "{parts: [objective, ranking, samples]}")
        EvaluationSettings evaluation,
    @Setting(value = "what a candidate must pass to be promoted", defaultsTo = "{}")
        GateSettings gates,
    @Setting(value = "what is kept of earlier nights", defaultsTo = "{}") Retention keep,
    @Setting(value = "what the report shows", defaultsTo = "{}") ReportSettings report,
    @Setting(value = "seconds an unreachable or full file system is waited for", defaultsTo = "600")
        int patience)
    implements Job {

  @Override
  public RetrainJob withoutSecrets() {
    return new RetrainJob(
        name,
        registry,
        data.withoutSecrets(),
        checks,
        slowDrift,
        energy,
        training,
        warmStart,
        sampling,
        evaluation,
        gates,
        keep,
        report,
        patience);
  }

  @Override
  public String recordFolder(String run, Configuration hadoop) {
    return Registry.of(registry, hadoop).model(name).runFolder(run);
  }
}
