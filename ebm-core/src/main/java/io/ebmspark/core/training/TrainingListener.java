package io.ebmspark.core.training;

/** Receives the events of a training run, on the training thread. */
@FunctionalInterface
public interface TrainingListener {
  /** Called after each step. */
  void onStep(StepMetrics metrics);

  /** Called once, before the first step, if a run continues from a checkpoint. */
  default void onResume(long step) {}

  /** Called after each measurement on validation rows, where there are any. */
  default void onValidation(ValidationMetrics metrics) {}

  /** Called once, at the end of a run with validation rows, with the weights that it keeps. */
  default void onBest(BestStep best) {}

  /**
   * Called when a run diverged and continues from an earlier state.
   *
   * @param cause the divergence, with its step
   * @param state the state it continues from
   */
  default void onRollback(DivergedException cause, TrainingState state) {}
}
