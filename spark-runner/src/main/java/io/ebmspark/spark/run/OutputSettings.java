package io.ebmspark.spark.run;

import io.ebmspark.core.settings.Check;
import io.ebmspark.core.settings.Setting;
import io.ebmspark.spark.checkpoint.CheckpointFolder;

/** Where a trained model goes. */
public record OutputSettings(
    @Setting("folder of the model, on any Hadoop file system") String model,
    @Setting(value = "whether to replace an existing model", defaultsTo = "false")
        boolean overwrite,
    @Setting(
            value =
                "what to do with checkpoints of an earlier run: strict continues from the same"
                    + " run's and rejects another's, if-same starts again if they are another's,"
                    + " never starts again",
            defaultsTo = "strict")
        CheckpointFolder.Resume resume,
    @Setting(value = "number of checkpoints kept during training", defaultsTo = "2")
        int checkpoints,
    @Setting(value = "seconds to wait for an unreachable or full file system", defaultsTo = "600")
        int patience) {
  public OutputSettings {
    Check.positive("checkpoints", checkpoints);
    Check.notNegative("patience", patience);
  }
}
