package io.ebmspark.spark.run;

import io.ebmspark.core.settings.Check;
import io.ebmspark.core.settings.Setting;
import io.ebmspark.spark.checkpoint.CheckpointFolder;

/** Where a trained model goes. */
public record OutputSettings(
    @Setting("folder of the model, on any Hadoop file system") String model,
    @Setting(value = "whether a model that is there is replaced", defaultsTo = "false")
        boolean overwrite,
    @Setting(
            value =
                "what becomes of the checkpoints an earlier run left: strict goes on from the same"
                    + " run's and refuses another's, if-same starts again where they are another's,"
                    + " never starts again",
            defaultsTo = "strict")
        CheckpointFolder.Resume resume,
    @Setting(value = "number of checkpoints kept while training", defaultsTo = "2") int checkpoints,
    @Setting(value = "seconds an unreachable or full file system is waited for", defaultsTo = "600")
        int patience) {
  public OutputSettings {
    Check.positive("checkpoints", checkpoints);
    Check.notNegative("patience", patience);
  }
}
