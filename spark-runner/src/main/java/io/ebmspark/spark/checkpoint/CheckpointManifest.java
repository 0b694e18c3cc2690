package io.ebmspark.spark.checkpoint;

import io.ebmspark.core.settings.Check;
import io.ebmspark.core.settings.Setting;
import io.ebmspark.core.training.StateTensors;
import io.ebmspark.core.training.TrainingState;
import io.ebmspark.core.training.ValidationProgress;
import java.util.Optional;

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
        long stepsBefore,
    @Setting("how the loss on validation rows has gone; absent where none were measured on")
        Optional<Validated> validation) {
  static final String FORMAT = "ebm-on-spark-checkpoint/1";

  /** The numbers of a {@link ValidationProgress}. */
  record Validated(
      @Setting("validation rows") int rows,
      @Setting("step at which the loss on them was lowest") long bestStep,
      @Setting("mean loss there") double bestLoss,
      @Setting("measurements since it last fell by more than noise") int sinceImprovement) {
    Validated {
      Check.positive("rows", rows);
      Check.notNegative("bestStep", bestStep);
      Check.notNegative("sinceImprovement", sinceImprovement);
    }

    static Validated of(ValidationProgress progress) {
      return new Validated(
          progress.reference().length,
          progress.best().step(),
          progress.loss(),
          progress.sinceImprovement());
    }
  }

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
        parameters * (2.0 + moments) * (validation.isPresent() ? 2 : 1)
                + replay
                + validation.map(Validated::rows).orElse(0)
            < Integer.MAX_VALUE,
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
        state.stepsBefore(),
        Optional.ofNullable(state.validation()).map(Validated::of));
  }

  /** The vectors of {@code state.safetensors}. */
  StateTensors tensors() {
    return new StateTensors(parameters, moments, replay, validation.map(Validated::rows).orElse(0));
  }

  /** The state whose vectors these are. */
  TrainingState state(float[] all) {
    TrainingState state = tensors().unpack(all, step, rollbacks, stepsBefore);
    return validation
        .map(
            found ->
                state.withValidation(
                    tensors()
                        .unpackValidation(
                            all, state, found.bestStep, found.bestLoss, found.sinceImprovement)))
        .orElse(state);
  }
}
