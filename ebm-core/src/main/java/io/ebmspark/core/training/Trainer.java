package io.ebmspark.core.training;

import ai.djl.Device;
import io.ebmspark.core.data.Shapes;
import io.ebmspark.core.data.Vectors;
import io.ebmspark.core.energy.Energy;
import io.ebmspark.core.model.RowEnergies;
import io.ebmspark.core.objective.Losses;
import io.ebmspark.core.objective.ReplaySettings;
import io.ebmspark.core.random.Purpose;
import io.ebmspark.core.sampler.ChainNoise;
import io.ebmspark.core.sampler.Sampler;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.stream.LongStream;

/**
 * The training loop, the same on one machine and on a cluster: parameters out, sums back, one step.
 */
public final class Trainer {
  private final Energy energy;
  private final long[] shape;
  private final TrainingSettings settings;
  private final Optional<TrainingState> start;
  private final Optional<Validation> validation;

  /** Training that starts from fresh parameters. */
  public Trainer(Energy energy, long[] shape, TrainingSettings settings) {
    this(energy, shape, settings, Optional.empty(), Optional.empty());
  }

  /** The same without validation rows. */
  public Trainer(
      Energy energy, long[] shape, TrainingSettings settings, Optional<TrainingState> start) {
    this(energy, shape, settings, start, Optional.empty());
  }

  /**
   * Training that starts from where another run ended ({@link TrainingState#goingOn}), or from its
   * weights ({@link TrainingState#initial}), at step 0 of the schedules. Chains are kept if the
   * replay buffer has the same size, since noise would be far from equilibrium under a trained
   * energy.
   *
   * @param start a state of the same energy and optimiser; empty for fresh parameters
   * @param validation the rows that the best weights are kept by, where settings ask for that;
   *     empty for none
   */
  public Trainer(
      Energy energy,
      long[] shape,
      TrainingSettings settings,
      Optional<TrainingState> start,
      Optional<Validation> validation) {
    this.energy = energy;
    this.shape = shape.clone();
    this.settings = settings;
    this.start = start;
    this.validation = settings.validation().flatMap(asked -> validation);
    start.ifPresent(this::check);
  }

  private void check(TrainingState state) {
    int size = energy.parameters(shape).size();
    int moments = settings.optimizer().momentCount();
    if (state.step() != 0
        || state.parameters().length != size
        || state.average().length != size
        || state.moments().length != moments) {
      throw new IllegalArgumentException(
          "a start of "
              + state.parameters().length
              + " parameters and "
              + state.moments().length
              + " moments at step "
              + state.step()
              + ", but training needs "
              + size
              + " and "
              + moments
              + " at step 0");
    }
  }

  /** Trains without checkpoints. */
  public TrainingState train(GradientSource source, BatchPlan plan, TrainingListener listener) {
    return train(source, plan, listener, Checkpoints.NONE, () -> false);
  }

  /**
   * Trains from the newest checkpoint, or from the start if there is none. When and how often a run
   * was interrupted leaves no trace in the result. With validation rows, it is the state at which
   * the loss on them was lowest, as if that step had been the last.
   *
   * @param source computes the totals over all shards
   * @param plan the batches {@code source} computes
   * @param stop asked between steps; true ends the run there, at a checkpoint
   * @throws DivergedException if the run diverges and may not roll back, or no more
   * @throws StoppedException if it was stopped
   */
  public TrainingState train(
      GradientSource source,
      BatchPlan plan,
      TrainingListener listener,
      Checkpoints checkpoints,
      BooleanSupplier stop) {
    Optional<TrainingState> found = checkpoints.latest();
    found.ifPresent(state -> listener.onResume(state.step()));
    TrainingState state = found.orElseGet(this::initial);
    int rollbacks = state.rollbacks();
    while (state.step() < settings.steps() && !hasStoppedImproving(state)) {
      if (stop.getAsBoolean()) {
        checkpoints.save(state);
        throw new StoppedException(state.step());
      }
      try {
        if (state.validation() == null) {
          state = validated(state, listener);
        }
        listener.onStep(step(source, plan, state));
        if (isMeasuredAt(state.step())) {
          state = validated(state, listener);
        }
      } catch (DivergedException e) {
        if (!settings.divergence().mayRollBack(rollbacks)) {
          throw e;
        }
        rollbacks++;
        state = checkpoints.latest().orElseGet(this::initial).afterRollbacks(rollbacks);
        listener.onRollback(e, state);
        continue;
      }
      long every = settings.checkpointEvery();
      boolean isLast = state.step() == settings.steps() || hasStoppedImproving(state);
      if (every > 0 && (state.step() % every == 0 || isLast)) {
        checkpoints.save(state);
      }
    }
    return kept(state, listener);
  }

  private boolean isMeasuredAt(long step) {
    return settings
        .validation()
        .filter(asked -> step % asked.every(settings.steps()) == 0 || step == settings.steps())
        .isPresent();
  }

  /** The state with the loss on validation rows, where there are any. */
  private TrainingState validated(TrainingState state, TrainingListener listener) {
    if (validation.isEmpty()) {
      return state;
    }
    float[] losses = validation.get().losses(energy, shape, settings, state);
    ValidationProgress before = state.validation();
    ValidationProgress now =
        before == null ? ValidationProgress.of(state, losses) : before.with(state, losses);
    listener.onValidation(
        new ValidationMetrics(
            state.step(), ValidationProgress.mean(losses), now.best().step(), now.loss()));
    return state.withValidation(now);
  }

  private boolean hasStoppedImproving(TrainingState state) {
    ValidationProgress progress = state.validation();
    int patience = settings.validation().map(ValidationSettings::patience).orElse(0);
    return progress != null && patience > 0 && progress.sinceImprovement() >= patience;
  }

  /** The state that a run ends in. */
  private TrainingState kept(TrainingState state, TrainingListener listener) {
    ValidationProgress progress = state.validation();
    if (progress == null) {
      return state;
    }
    listener.onBest(
        new BestStep(
            progress.reference().length,
            progress.best().step(),
            progress.loss(),
            state.step(),
            state.step() < settings.steps()));
    return progress.best();
  }

  private TrainingState initial() {
    TrainingState state =
        start
            .map(TrainingState::copy)
            .orElseGet(
                () -> {
                  float[] fresh = energy.parameters(shape).initialise(settings.seed());
                  return TrainingState.initial(fresh, settings.optimizer());
                });
    Optional<ReplaySettings> replay = settings.objective().replay();
    if (replay.isEmpty()) {
      return state.withReplay(null);
    }
    float[] chains = state.replay();
    return chains != null && chains.length == replay.get().size() * Shapes.width(shape)
        ? state
        : state.withReplay(chainStarts(replay.get(), state.parameters()));
  }

  /** Noise, burnt in on the initial energy if the settings ask for it. */
  private float[] chainStarts(ReplaySettings replay, float[] parameters) {
    float[] starts = ReplayBuffer.starts(replay, shape, settings.seed());
    if (replay.burnIn() == 0) {
      return starts;
    }
    int width = starts.length / replay.size();
    Sampler sampler = settings.objective().chainSampler().orElseThrow();
    try (RowEnergies open = new RowEnergies(energy, shape, parameters, Device.cpu())) {
      for (int from = 0; from < replay.size(); from += RowEnergies.BLOCK_ROWS) {
        int to = Math.min(replay.size(), from + RowEnergies.BLOCK_ROWS);
        long[] slots = LongStream.range(from, to).toArray();
        ChainNoise noise = ChainNoise.of(settings.seed(), Purpose.CHAIN_NOISE, -1, slots);
        float[] block = Arrays.copyOfRange(starts, from * width, to * width);
        float[] burnt = open.run(sampler, block, replay.burnIn(), noise, Sampler.Observer.NONE);
        System.arraycopy(burnt, 0, starts, from * width, burnt.length);
      }
    }
    return starts;
  }

  /** One step, in place. */
  private StepMetrics step(GradientSource source, BatchPlan plan, TrainingState state) {
    long started = System.nanoTime();
    long step = state.step();
    long seed = state.seed(settings.seed());
    int batch = plan.batchSize();
    float[] replay = state.replay();
    ReplayBuffer buffer =
        replay == null
            ? null
            : new ReplayBuffer(settings.objective().replay().orElseThrow(), shape, replay, seed);
    float[] starts = buffer == null ? null : buffer.draw(step, batch);
    StepTotal total = source.total(new StepRequest(step, seed, state.parameters(), starts));
    checkWhole(step, total, batch);
    StepMetrics metrics = mean(state, total);
    checkFloor(metrics);
    checkLimits(metrics);
    if (buffer != null) {
      buffer.write(step, batch, total.chainEnds());
    }
    float[] gradient = total.gradient();
    clip(gradient, metrics.gradientNorm());
    state.advance(settings, gradient);
    return metrics.withSeconds((System.nanoTime() - started) * 1e-9);
  }

  /** The one division, in place: the sums of all shards by the number of rows of all shards. */
  private StepMetrics mean(TrainingState state, StepTotal total) {
    StepSums sums = total.whole();
    float[] gradient = sums.gradient();
    double rows = sums.rows();
    Map<String, Double> report = new TreeMap<>(sums.report());
    report.replaceAll((name, sum) -> sum / rows);
    scale(gradient, (float) (1 / rows));
    double rate = settings.learningRate().at(state.step()) * state.learningRateFactor();
    return new StepMetrics(
        state.step(),
        sums.loss() / rows,
        Math.sqrt(Vectors.sumOfSquares(gradient)),
        rate,
        sums.rows(),
        report,
        total.memory(),
        0);
  }

  private void clip(float[] gradient, double norm) {
    double limit = settings.gradientClip().orElse(Double.POSITIVE_INFINITY);
    if (norm > limit) {
      scale(gradient, (float) (limit / norm));
    }
  }

  private static void scale(float[] values, float factor) {
    Vectors.each(
        values.length,
        (from, to) -> {
          for (int i = from; i < to; i++) {
            values[i] *= factor;
          }
        });
  }

  private static void checkWhole(long step, StepTotal total, int batch) {
    String problem = total.problem();
    if (problem != null) {
      throw DivergedException.ofTraining(step, problem);
    }
    if (total.rows() != batch) {
      throw new IllegalStateException(
          "step " + step + " summed " + total.rows() + " rows of a batch of " + batch);
    }
  }

  /** Beyond half-way to the floor of the loss, energies are being torn apart, not fitted. */
  private void checkFloor(StepMetrics metrics) {
    settings
        .objective()
        .floor()
        .ifPresent(
            floor -> {
              if (metrics.loss() < 0.5 * floor) {
                throw DivergedException.ofTraining(
                    metrics.step(),
                    "the loss "
                        + metrics.loss()
                        + " nears its floor "
                        + floor
                        + ", where energies of data and samples are torn apart");
              }
            });
  }

  private void checkLimits(StepMetrics metrics) {
    Divergence limits = settings.divergence();
    Map<String, Double> report = metrics.report();
    double ofData = report.getOrDefault(Losses.DATA_ENERGY, 0.0);
    double gap = Math.abs(ofData - report.getOrDefault(Losses.SAMPLE_ENERGY, ofData));
    double chains = report.getOrDefault(Losses.CHAIN_NORM, 0.0);
    check(metrics, gap, limits.energyGap(), "gap between the energies of data and samples");
    check(metrics, metrics.gradientNorm(), limits.gradientNorm(), "norm of the gradient");
    check(metrics, chains, limits.chainNorm(), "mean norm of the chains' end points");
  }

  private static void check(StepMetrics metrics, double value, double limit, String what) {
    if (!(value <= limit)) {
      throw DivergedException.ofTraining(
          metrics.step(), "the " + what + " is " + value + ", above its limit " + limit);
    }
  }
}
