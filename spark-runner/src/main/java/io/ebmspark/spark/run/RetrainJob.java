package io.ebmspark.spark.run;

import io.ebmspark.core.energy.Energy;
import io.ebmspark.core.settings.Partial;
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
    @Setting("folder of the registry; docs/registry.md says where it is looked for if absent")
        Optional<String> registry,
    @Setting("tonight's rows") DataSettings data,
    @Setting(value = "how the rows are checked before training", defaultsTo = "{}")
        CheckSettings checks,
    @Setting(
            value =
                "what to do if the rows fail these checks against the oldest stored version,"
                    + " though each night's step was small",
            defaultsTo = "warn")
        Action slowDrift,
    @Setting(
            "the energy to train; if absent, the champion's, and without one it follows from the"
                + " table")
        Optional<Energy> energy,
    @Setting(value = TrainJob.TRAINING, defaultsTo = "{}") Partial<TrainingSettings> training,
    @Setting(value = "how training starts if there is a champion", defaultsTo = "{}")
        StartSettings warmStart,
    @Setting(value = "how the model is sampled by default", defaultsTo = "{}")
        SamplingSettings sampling,
    @Setting(
            value = "how champion and candidate are evaluated, on the same held-out rows",
            defaultsTo = "{parts: [objective, ranking, samples]}")
        EvaluationSettings evaluation,
    @Setting(value = "what a candidate must pass to be promoted", defaultsTo = "{}")
        GateSettings gates,
    @Setting(value = "what to keep of earlier nights", defaultsTo = "{}") Retention keep,
    @Setting(value = "what the report shows", defaultsTo = "{}") ReportSettings report,
    @Setting(value = "seconds to wait for an unreachable or full file system", defaultsTo = "600")
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
