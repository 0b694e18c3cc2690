package io.ebmspark.core.training;

/** Hears of a run as it goes, on the training thread. */
@FunctionalInterface
public interface TrainingListener {
  /** Called after each step. */
  void onStep(StepMetrics metrics);

  /** Called once, before the first step, where a run goes on from a checkpoint. */
  default void onResume(long step) {}

  /**
   * Called where a run diverged and goes on from an earlier state.
   *
   * @param cause what was seen, and at which step
   * @param state what it goes on from
   */
  default void onRollback(DivergedException cause, TrainingState state) {}
}
