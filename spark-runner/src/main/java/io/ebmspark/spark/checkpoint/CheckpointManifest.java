package io.ebmspark.spark.checkpoint;

import io.ebmspark.core.energy.Initializer;
import io.ebmspark.core.energy.Parameter;
import io.ebmspark.core.energy.ParameterLayout;
import io.ebmspark.core.settings.Check;
import io.ebmspark.core.settings.Setting;
import io.ebmspark.core.training.TrainingState;
import java.util.ArrayList;
import java.util.List;

/** What one checkpoint holds: the content of its {@code manifest.json}. */
record CheckpointManifest(
    @Setting("format of the folder") String format,
    @Setting("steps done") long step,
    @Setting("how often the run has rolled back") int rollbacks,
    @Setting("length of the parameter vector") int parameters,
    @Setting("vectors the optimiser remembers") int moments,
    @Setting("values in the replay buffer; 0 without one") int replay,
    @Setting("SHA-256 of state.safetensors, in hex") String stateSha256,
    @Setting("the run this belongs to") RunIdentity run) {
  static final String FORMAT = "ebm-on-spark-checkpoint/1";

  CheckpointManifest {
    Check.that(
        format.equals(FORMAT), "format", "is '" + format + "', and this version reads " + FORMAT);
    Check.notNegative("step", step);
    Check.notNegative("rollbacks", rollbacks);
    Check.notNegative("parameters", parameters);
    Check.between("moments", moments, 0, 16);
    Check.notNegative("replay", replay);
    Check.that(
        parameters * (2.0 + moments) + replay < Integer.MAX_VALUE,
        "parameters",
        "are more than one file holds, " + parameters);
  }

  static CheckpointManifest of(TrainingState state, String stateSha256, RunIdentity run) {
    float[] replay = state.replay();
    return new CheckpointManifest(
        FORMAT,
        state.step(),
        state.rollbacks(),
        state.parameters().length,
        state.moments().length,
        replay == null ? 0 : replay.length,
        stateSha256,
        run);
  }

  /** The tensors of {@code state.safetensors}, in order. */
  ParameterLayout layout() {
    List<Parameter> parts = new ArrayList<>();
    parts.add(vector("parameters", parameters));
    parts.add(vector("average", parameters));
    for (int i = 0; i < moments; i++) {
      parts.add(vector("moment" + i, parameters));
    }
    if (replay > 0) {
      parts.add(vector("replay", replay));
    }
    return ParameterLayout.of(parts);
  }

  private static Parameter vector(String name, int length) {
    return new Parameter(name, new long[] {length}, Initializer.constant(0));
  }
}
