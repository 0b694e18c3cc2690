package io.ebmspark.core.optimizer;

import io.ebmspark.core.settings.Family;

/**
 * A rule that turns a gradient into a step of the parameters. What it remembers between steps is
 * handed in, so that it can be saved with the run.
 */
@Family(packageName = "io.ebmspark.core.optimizer")
public interface Optimizer {
  /** How many vectors of the parameters' length the rule remembers. */
  int momentCount();

  /**
   * One step, in place.
   *
   * @param parameters changed by the step
   * @param gradient of the loss at {@code parameters}
   * @param moments {@link #momentCount()} vectors, all zeros before step 0; changed by the step
   * @param step from 0, counted since the moments were zeros: where a run goes on with the moments
   *     of another, the other's steps count too
   */
  void step(
      float[] parameters, float[] gradient, float[][] moments, long step, double learningRate);
}
