package io.ebmspark.core.training;

import io.ebmspark.core.energy.Energy;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The training loop, the same on one machine and on a cluster: parameters out, sums back, one step.
 */
public final class Trainer {
  private final Energy energy;
  private final long[] shape;
  private final TrainingSettings settings;

  public Trainer(Energy energy, long[] shape, TrainingSettings settings) {
    this.energy = energy;
    this.shape = shape.clone();
    this.settings = settings;
  }

  /**
   * Trains from fresh parameters.
   *
   * @param source answers for all shards of the data
   * @param plan the batches {@code source} computes
   * @throws DivergedException if anything is not finite, or the loss is at its floor
   */
  public TrainingState train(GradientSource source, BatchPlan plan, TrainingListener listener) {
    float[] initial = energy.parameters(shape).initialise(settings.seed());
    TrainingState state = new TrainingState(initial, settings.optimizer());
    ReplayBuffer buffer =
        settings
            .objective()
            .replay()
            .map(replay -> new ReplayBuffer(replay, shape, settings.seed()))
            .orElse(null);
    int batch = plan.batchSize();
    while (state.step() < settings.steps()) {
      long started = System.nanoTime();
      long step = state.step();
      float[] starts = buffer == null ? null : buffer.draw(step, batch);
      List<StepSums> shards = source.sums(new StepRequest(step, state.parameters(), starts));
      checkFinite(step, shards);
      if (buffer != null) {
        buffer.write(step, batch, shards);
      }
      float[] gradient = new float[initial.length];
      StepMetrics metrics = mean(step, shards, gradient);
      checkFloor(metrics);
      clip(gradient, metrics.gradientNorm());
      state.advance(settings, gradient);
      listener.onStep(timed(metrics, System.nanoTime() - started));
    }
    return state;
  }

  /** Divides once: the sums of all shards over the rows of all shards. */
  private StepMetrics mean(long step, List<StepSums> shards, float[] gradient) {
    double[] total = StepSums.totalGradient(shards, gradient.length);
    long rows = shards.stream().mapToLong(StepSums::rows).sum();
    double loss = 0;
    Map<String, Double> report = new TreeMap<>();
    for (StepSums shard : shards) {
      loss += shard.loss();
      shard.report().forEach((name, sum) -> report.merge(name, sum, Double::sum));
    }
    report.replaceAll((name, sum) -> sum / rows);
    double squares = 0;
    for (int i = 0; i < gradient.length; i++) {
      gradient[i] = (float) (total[i] / rows);
      squares += (double) gradient[i] * gradient[i];
    }
    double rate = settings.learningRate().at(step);
    return new StepMetrics(step, loss / rows, Math.sqrt(squares), rate, rows, report, 0);
  }

  private static StepMetrics timed(StepMetrics metrics, long nanos) {
    return new StepMetrics(
        metrics.step(),
        metrics.loss(),
        metrics.gradientNorm(),
        metrics.learningRate(),
        metrics.rows(),
        metrics.report(),
        nanos * 1e-9);
  }

  private void clip(float[] gradient, double norm) {
    double limit = settings.gradientClip().orElse(Double.POSITIVE_INFINITY);
    if (norm > limit) {
      float factor = (float) (limit / norm);
      for (int i = 0; i < gradient.length; i++) {
        gradient[i] *= factor;
      }
    }
  }

  private static void checkFinite(long step, List<StepSums> shards) {
    for (int shard = 0; shard < shards.size(); shard++) {
      String problem = shards.get(shard).problem();
      if (problem != null) {
        throw new DivergedException(step, problem + " (shard " + shard + ")");
      }
    }
  }

  /** Half-way down to the floor of the loss, the energies are pulled apart, not fitted. */
  private void checkFloor(StepMetrics metrics) {
    settings
        .objective()
        .floor()
        .ifPresent(
            floor -> {
              if (metrics.loss() < 0.5 * floor) {
                throw new DivergedException(
                    metrics.step(),
                    "the loss "
                        + metrics.loss()
                        + " nears its floor "
                        + floor
                        + ", where energies of data and samples are torn apart");
              }
            });
  }
}
