package io.ebmspark.core.optimizer;

import io.ebmspark.core.settings.Family;

/**
 * A rule that turns a gradient into a step of the parameters. Its state between steps is passed in,
 * so that it can be saved with the run.
 */
@Family(packageName = "io.ebmspark.core.optimizer")
public interface Optimizer {
  /** The number of state vectors, each of the parameters' length. */
  int momentCount();

  /**
   * One step, in place.
   *
   * @param parameters changed by the step
   * @param gradient of the loss at {@code parameters}
   * @param moments {@link #momentCount()} vectors, all zeros before step 0; changed by the step
   * @param step counted from 0 since the moments were zeros: if a run continues with the moments of
   *     another, that run's steps count too
   */
  void step(
      float[] parameters, float[] gradient, float[][] moments, long step, double learningRate);
}
