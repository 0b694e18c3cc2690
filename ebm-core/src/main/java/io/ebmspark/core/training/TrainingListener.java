package io.ebmspark.core.training;

/** Hears of a run as it goes, on the training thread. */
@FunctionalInterface
public interface TrainingListener {
  /** Called after each step. */
  void onStep(StepMetrics metrics);

  /** Called once, before the first step, where a run goes on from a checkpoint. */
  default void onResume(long step) {}

  /** Called after each measurement on validation rows, where there are any. */
  default void onValidation(ValidationMetrics metrics) {}

  /** Called once, at the end of a run with validation rows, with the weights that it keeps. */
  default void onBest(BestStep best) {}

  /**
   * Called where a run diverged and goes on from an earlier state.
   *
   * @param cause what was seen, and at which step
   * @param state what it goes on from
   */
  default void onRollback(DivergedException cause, TrainingState state) {}
}
