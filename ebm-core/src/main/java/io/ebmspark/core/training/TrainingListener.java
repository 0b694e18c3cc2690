package io.ebmspark.core.training;

/** Hears of every step as it is done. */
@FunctionalInterface
public interface TrainingListener {
  /** Called after each step, on the training thread. */
  void onStep(StepMetrics metrics);
}
