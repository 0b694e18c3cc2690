package io.ebmspark.core.optimizer;

import io.ebmspark.core.data.Vectors;
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
   * One step of all parameters, in place.
   *
   * @param parameters changed by the step
   * @param gradient of the loss at {@code parameters}
   * @param moments {@link #momentCount()} vectors, all zeros before step 0; changed by the step
   * @param step counted from 0 since the moments were zeros: if a run continues with the moments of
   *     another, that run's steps count too
   */
  default void step(
      float[] parameters, float[] gradient, float[][] moments, long step, double learningRate) {
    Vectors.each(
        parameters.length,
        (from, to) -> step(parameters, gradient, moments, step, learningRate, from, to));
  }

  /**
   * The same for the parameters from one index up to another. What becomes of a parameter follows
   * from its own value, gradient and moments alone, so that parts can be computed by different
   * threads. A loop over floats alone becomes vector instructions, ten times as fast as one that
   * widens them to doubles.
   */
  void step(
      float[] parameters,
      float[] gradient,
      float[][] moments,
      long step,
      double learningRate,
      int from,
      int to);
}
