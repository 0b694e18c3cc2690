package io.ebmspark.core.training;

import io.ebmspark.core.optimizer.Optimizer;
import io.ebmspark.core.random.RandomStream;
import org.jspecify.annotations.Nullable;

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
  private final float @Nullable [] replay;
  private final int rollbacks;
  private long step;

  /**
   * A state, whose arrays are the caller's no more.
   *
   * @param parameters the trained vector
   * @param average the moving average of it
   * @param moments what the optimiser remembers
   * @param replay the replay buffer's chains, packed; null without one
   * @param step the number of steps done
   * @param rollbacks how often the run has gone back after divergence
   */
  public TrainingState(
      float[] parameters,
      float[] average,
      float[][] moments,
      float @Nullable [] replay,
      long step,
      int rollbacks) {
    this.parameters = parameters;
    this.average = average;
    this.moments = moments;
    this.replay = replay;
    this.step = step;
    this.rollbacks = rollbacks;
  }

  /** The state before the first step. */
  static TrainingState initial(float[] parameters, Optimizer optimizer, float @Nullable [] replay) {
    float[][] moments = new float[optimizer.momentCount()][parameters.length];
    return new TrainingState(parameters, parameters.clone(), moments, replay, 0, 0);
  }

  /** This state as the one a diverged run goes on from. */
  TrainingState afterRollbacks(int count) {
    return new TrainingState(parameters, average, moments, replay, step, count);
  }

  /** The number of steps done. */
  public long step() {
    return step;
  }

  /** How often the run has gone back after divergence. */
  public int rollbacks() {
    return rollbacks;
  }

  /** The trained vector itself. */
  public float[] parameters() {
    return parameters;
  }

  /** The moving average of the trained vector: what scores and samples. */
  public float[] average() {
    return average;
  }

  /** What the optimiser remembers, vectors of the parameters' length. */
  public float[][] moments() {
    return moments;
  }

  /** The replay buffer's chains, packed; null without one. */
  public float @Nullable [] replay() {
    return replay;
  }

  /** The factor on the learning rate: a half for each time the run has gone back. */
  public double learningRateFactor() {
    return Math.pow(0.5, rollbacks);
  }

  /** The seed of the steps' random numbers: another after each time the run has gone back. */
  long seed(long runSeed) {
    return rollbacks == 0 ? runSeed : RandomStream.derivedSeed(runSeed, rollbacks);
  }

  /**
   * Applies one step with a mean gradient.
   *
   * @throws DivergedException if a parameter leaves the finite numbers
   */
  void advance(TrainingSettings settings, float[] gradient) {
    double rate = settings.learningRate().at(step) * learningRateFactor();
    settings.optimizer().step(parameters, gradient, moments, step, rate);
    double decay = Math.min(settings.averageDecay(), (1.0 + step) / (10.0 + step));
    float keep = settings.averageDecay() == 0 ? 0 : (float) decay;
    for (int i = 0; i < average.length; i++) {
      average[i] = keep * average[i] + (1 - keep) * parameters[i];
      if (!Float.isFinite(average[i])) {
        throw DivergedException.ofTraining(step, "parameter " + i + " is " + parameters[i]);
      }
    }
    step++;
  }
}
