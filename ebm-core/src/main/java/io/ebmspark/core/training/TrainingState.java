package io.ebmspark.core.training;

import io.ebmspark.core.data.Sha256;
import io.ebmspark.core.data.Vectors;
import io.ebmspark.core.optimizer.Optimizer;
import io.ebmspark.core.random.RandomStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Everything that training carries from step to step, in plain arrays.
 *
 * <p>The moving average is {@code a ← dₙa + (1−dₙ)θ} with {@code dₙ = min(d, (1+n)/(10+n))}, which
 * follows closely at first and settles to d. Here n counts the steps that the average has seen, in
 * this run and in the runs it continues; the optimiser counts them too.
 */
public final class TrainingState {
  private final float[] parameters;
  private final float[] average;
  private final float[][] moments;
  private final float @Nullable [] replay;
  private final int rollbacks;
  private final long stepsBefore;
  private final @Nullable ValidationProgress validation;
  private long step;

  /** The state of a run that started from fresh parameters. */
  public TrainingState(
      float[] parameters,
      float[] average,
      float[][] moments,
      float @Nullable [] replay,
      long step,
      int rollbacks) {
    this(parameters, average, moments, replay, step, rollbacks, 0);
  }

  /**
   * A state, which takes ownership of the arrays.
   *
   * @param parameters the trained vector
   * @param average the moving average of it
   * @param moments the optimiser's moment vectors
   * @param replay the replay buffer's chains, packed; null without one
   * @param step the number of steps done
   * @param rollbacks how often the run has rolled back after diverging
   * @param stepsBefore the steps of earlier runs behind {@code average} and {@code moments}
   */
  public TrainingState(
      float[] parameters,
      float[] average,
      float[][] moments,
      float @Nullable [] replay,
      long step,
      int rollbacks,
      long stepsBefore) {
    this(parameters, average, moments, replay, step, rollbacks, stepsBefore, null);
  }

  private TrainingState(
      float[] parameters,
      float[] average,
      float[][] moments,
      float @Nullable [] replay,
      long step,
      int rollbacks,
      long stepsBefore,
      @Nullable ValidationProgress validation) {
    this.parameters = parameters;
    this.average = average;
    this.moments = moments;
    this.replay = replay;
    this.step = step;
    this.rollbacks = rollbacks;
    this.stepsBefore = stepsBefore;
    this.validation = validation;
  }

  /**
   * The state before the first step, with a new optimiser and no chains. If the parameters are
   * another run's average, the new average starts where the old one ended, so following closely at
   * first loses nothing.
   */
  public static TrainingState initial(float[] parameters, Optimizer optimizer) {
    float[][] moments = new float[optimizer.momentCount()][parameters.length];
    return new TrainingState(parameters, parameters.clone(), moments, null, 0, 0);
  }

  /**
   * The state in which a new run starts that continues this one: trained vector, average, moments
   * and chains are kept, and steps are counted from 0 again.
   */
  public TrainingState goingOn() {
    return with(replay, 0, 0, stepsBefore + step, null).copy();
  }

  /** This state, as one that a diverged run continues from. */
  TrainingState afterRollbacks(int count) {
    ValidationProgress progress = validation == null ? null : validation.afterRollbacks(count);
    return with(replay, step, count, stepsBefore, progress);
  }

  /** This state, with how the loss on validation rows has gone; null where there are none. */
  public TrainingState withValidation(@Nullable ValidationProgress progress) {
    return with(replay, step, rollbacks, stepsBefore, progress);
  }

  /** This state with other chains. */
  public TrainingState withReplay(float @Nullable [] chains) {
    return with(chains, step, rollbacks, stepsBefore, validation);
  }

  private TrainingState with(
      float @Nullable [] chains,
      long at,
      int count,
      long before,
      @Nullable ValidationProgress progress) {
    return new TrainingState(parameters, average, moments, chains, at, count, before, progress);
  }

  /** A deep copy. */
  public TrainingState copy() {
    float[][] copied = Arrays.stream(moments).map(float[]::clone).toArray(float[][]::new);
    return new TrainingState(
        parameters.clone(),
        average.clone(),
        copied,
        replay == null ? null : replay.clone(),
        step,
        rollbacks,
        stepsBefore,
        validation);
  }

  /** SHA-256, in hex, of the whole state. */
  public String digest() {
    MessageDigest sha = Sha256.digest();
    sha.update(ByteBuffer.allocate(2 * Long.BYTES).putLong(step).putLong(stepsBefore).flip());
    sha.update(ByteBuffer.allocate(Integer.BYTES).putInt(rollbacks).flip());
    update(sha, parameters);
    update(sha, average);
    for (float[] moment : moments) {
      update(sha, moment);
    }
    update(sha, replay == null ? new float[0] : replay);
    if (validation != null) {
      sha.update(validation.best().digest().getBytes(StandardCharsets.US_ASCII));
      sha.update(ByteBuffer.allocate(Double.BYTES).putDouble(validation.loss()).flip());
      sha.update(ByteBuffer.allocate(Integer.BYTES).putInt(validation.sinceImprovement()).flip());
      update(sha, validation.reference());
    }
    return Sha256.hex(sha);
  }

  private static void update(MessageDigest sha, float[] values) {
    ByteBuffer chunk = ByteBuffer.allocate(1 << 14);
    sha.update(chunk.putInt(values.length).flip());
    for (int from = 0; from < values.length; from += chunk.capacity() / Float.BYTES) {
      int count = Math.min(chunk.capacity() / Float.BYTES, values.length - from);
      chunk.clear().asFloatBuffer().put(values, from, count);
      sha.update(chunk.limit(Float.BYTES * count));
    }
  }

  /** The number of steps done. */
  public long step() {
    return step;
  }

  /** How often the run has rolled back after diverging. */
  public int rollbacks() {
    return rollbacks;
  }

  /**
   * The steps of earlier runs behind the moments and the average; 0 if they started with this run.
   */
  public long stepsBefore() {
    return stepsBefore;
  }

  /** The trained vector, not copied. */
  public float[] parameters() {
    return parameters;
  }

  /** The moving average of the trained vector, which is what scores and samples; not copied. */
  public float[] average() {
    return average;
  }

  /** The optimiser's moment vectors, each of the parameters' length. */
  public float[][] moments() {
    return moments;
  }

  /** The replay buffer's chains, packed; null without one. */
  public float @Nullable [] replay() {
    return replay;
  }

  /** How the loss on validation rows has gone; null where there are none, or at the start. */
  public @Nullable ValidationProgress validation() {
    return validation;
  }

  /** The factor on the learning rate: a half for each rollback. */
  public double learningRateFactor() {
    return Math.pow(0.5, rollbacks);
  }

  /** The seed of the steps' random numbers, which changes with each rollback. */
  long seed(long runSeed) {
    return rollbacks == 0 ? runSeed : RandomStream.derivedSeed(runSeed, rollbacks);
  }

  /**
   * Applies one step with a mean gradient.
   *
   * @throws DivergedException if a parameter is no longer finite
   */
  void advance(TrainingSettings settings, float[] gradient) {
    double rate = settings.learningRate().at(step) * learningRateFactor();
    long seen = stepsBefore + step;
    settings.optimizer().step(parameters, gradient, moments, seen, rate);
    double decay = Math.min(settings.averageDecay(), (1.0 + seen) / (10.0 + seen));
    float keep = settings.averageDecay() == 0 ? 0 : (float) decay;
    float take = 1 - keep;
    AtomicBoolean isFinite = new AtomicBoolean(true);
    Vectors.each(
        average.length,
        (from, to) -> {
          for (int i = from; i < to; i++) {
            average[i] = keep * average[i] + take * parameters[i];
          }
          if (!Vectors.isFinite(average, from, to)) {
            isFinite.set(false);
          }
        });
    if (!isFinite.get()) {
      int at = Vectors.firstNotFinite(average);
      throw DivergedException.ofTraining(step, "parameter " + at + " is " + parameters[at]);
    }
    step++;
  }
}
