package io.ebmspark.spark.checkpoint;

import io.ebmspark.core.settings.Check;
import io.ebmspark.core.settings.Setting;
import io.ebmspark.core.training.StateTensors;
import io.ebmspark.core.training.TrainingState;

/** The content of a checkpoint's {@code manifest.json}. */
record CheckpointManifest(
    @Setting("format of the folder") String format,
    @Setting("steps done") long step,
    @Setting("how often the run has rolled back") int rollbacks,
    @Setting("length of the parameter vector") int parameters,
    @Setting("number of the optimiser's moment vectors") int moments,
    @Setting("values in the replay buffer; 0 without one") int replay,
    @Setting("SHA-256 of state.safetensors, in hex") String stateSha256,
    @Setting("the run it belongs to") RunIdentity run,
    @Setting(value = "steps of earlier runs behind the average and the optimiser", defaultsTo = "0")
        long stepsBefore) {
  static final String FORMAT = "ebm-on-spark-checkpoint/1";

  CheckpointManifest {
    Check.that(
        format.equals(FORMAT), "format", "is '" + format + "'; this version reads " + FORMAT);
    Check.notNegative("step", step);
    Check.notNegative("rollbacks", rollbacks);
    Check.notNegative("stepsBefore", stepsBefore);
    Check.notNegative("parameters", parameters);
    Check.between("moments", moments, 0, 16);
    Check.notNegative("replay", replay);
    Check.that(
        parameters * (2.0 + moments) + replay < Integer.MAX_VALUE,
        "parameters",
        "are more than one file can hold: " + parameters);
  }

  static CheckpointManifest of(TrainingState state, String stateSha256, RunIdentity run) {
    StateTensors tensors = StateTensors.of(state);
    return new CheckpointManifest(
        FORMAT,
        state.step(),
        state.rollbacks(),
        tensors.parameters(),
        tensors.moments(),
        tensors.replay(),
        stateSha256,
        run,
        state.stepsBefore());
  }

  /** The vectors of {@code state.safetensors}. */
  StateTensors tensors() {
    return new StateTensors(parameters, moments, replay);
  }
}
