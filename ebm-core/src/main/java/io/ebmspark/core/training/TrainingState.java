package io.ebmspark.core.training;

import io.ebmspark.core.optimizer.Optimizer;

/**
 * All that training carries from step to step, in plain arrays.
 *
 * <p>The moving average is {@code a ← dₙa + (1−dₙ)θ} with {@code dₙ = min(d, (1+n)/(10+n))}, which
 * follows closely at first and settles to d.
 */
public final class TrainingState {
  private final float[] parameters;
  private final float[] average;
  private final float[][] moments;
  private long step;

  TrainingState(float[] parameters, Optimizer optimizer) {
    this.parameters = parameters;
    this.average = parameters.clone();
    this.moments = new float[optimizer.momentCount()][parameters.length];
  }

  /** The number of steps done. */
  public long step() {
    return step;
  }

  /** The trained vector itself. */
  public float[] parameters() {
    return parameters;
  }

  /** The moving average of the trained vector: what scores and samples. */
  public float[] average() {
    return average;
  }

  /** Applies one step with a mean gradient. */
  void advance(TrainingSettings settings, float[] gradient) {
    double rate = settings.learningRate().at(step);
    settings.optimizer().step(parameters, gradient, moments, step, rate);
    double decay = Math.min(settings.averageDecay(), (1.0 + step) / (10.0 + step));
    float keep = settings.averageDecay() == 0 ? 0 : (float) decay;
    for (int i = 0; i < average.length; i++) {
      average[i] = keep * average[i] + (1 - keep) * parameters[i];
    }
    step++;
  }
}
