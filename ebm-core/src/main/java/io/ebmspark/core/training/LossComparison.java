package io.ebmspark.core.training;

import ai.djl.Device;
import ai.djl.ndarray.types.DataType;
import io.ebmspark.core.data.Shapes;
import io.ebmspark.core.energy.Energy;
import io.ebmspark.core.energy.Gaussian;
import io.ebmspark.core.energy.ParameterLayout;
import io.ebmspark.core.energy.PreparedEnergy;
import io.ebmspark.core.energy.Weights;
import io.ebmspark.core.engine.TensorScope;
import io.ebmspark.core.objective.Batch;
import io.ebmspark.core.objective.DenoisingScoreMatching;
import io.ebmspark.core.objective.ExactScoreMatching;
import io.ebmspark.core.objective.HutchinsonScoreMatching;
import io.ebmspark.core.objective.Losses;
import io.ebmspark.core.objective.MultiScaleDenoising;
import io.ebmspark.core.objective.Objective;
import io.ebmspark.core.objective.SlicedScoreMatching;
import io.ebmspark.core.settings.Setting;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * What a loss is worth: the mean loss of a trained energy beside that of others, on the same rows
 * and the same noise.
 *
 * @param gaussian the least loss of the Gaussians with the rows' mean and covariance, widened by
 *     σ²·1; absent where the objective is not score matching, or rows are longer than {@link
 *     #WIDEST_GAUSSIAN}
 */
public record LossComparison(
    @Setting("rows compared on") int rows,
    @Setting("mean loss of the trained energy") double trained,
    @Setting("mean loss of the energy before training") double untrained,
    @Setting("mean loss of a Gaussian fitted to the rows, for score matching")
        Optional<Double> gaussian) {
  /** The most rows worth comparing on. */
  public static final int MOST_ROWS = 2_048;

  /** The longest rows a Gaussian is fitted to. */
  public static final int WIDEST_GAUSSIAN = 256;

  private static final int BLOCK_ROWS = 512;

  /** σ² in units of the rows' mean variance. */
  private static final double[] WIDENINGS = {
    1e-4, 1e-3, 1e-2, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100, 1e3, 1e4
  };

  /**
   * Compares, at the noise of the last step.
   *
   * @param rows packed row-major, in the model's units
   * @param indices the rows' places in the whole table, which their noise follows from
   * @param parameters the trained vector
   * @return empty for objectives that run chains: their loss compares an energy with itself only
   */
  public static Optional<LossComparison> of(
      Energy energy,
      long[] shape,
      TrainingSettings settings,
      float[] parameters,
      float[] rows,
      long[] indices) {
    Objective objective = settings.objective();
    Sample sample =
        new Sample(objective, rows, indices, settings.seed(), Math.max(0, settings.steps() - 1));
    if (indices.length == 0
        || objective.replay().isPresent()
        || sample.runsChains(energy, shape, parameters)) {
      return Optional.empty();
    }
    float[] untrained = energy.parameters(shape).initialise(settings.seed());
    return Optional.of(
        new LossComparison(
            indices.length,
            sample.meanLoss(energy, shape, parameters, indices.length),
            sample.meanLoss(energy, shape, untrained, indices.length),
            sample.ofGaussian()));
  }

  /** In a person's words. */
  public String describe() {
    String of =
        String.format(Locale.ROOT, "loss %.4g, of the untrained energy %.4g", trained, untrained);
    return of
        + gaussian.map(loss -> String.format(Locale.ROOT, ", of a Gaussian %.4g", loss)).orElse("")
        + String.format(Locale.ROOT, " (on %d rows, the same noise)", rows);
  }

  /** Rows with their noise, and the loss of any energy on them. */
  private record Sample(Objective objective, float[] rows, long[] indices, long seed, long step) {
    int width() {
      return rows.length / indices.length;
    }

    boolean runsChains(Energy energy, long[] shape, float[] parameters) {
      try (Open open = new Open(energy, shape, parameters);
          TensorScope work = open.scope.child()) {
        return losses(open, work, 0, 1).chainEnds() != null;
      }
    }

    double meanLoss(Energy energy, long[] shape, float[] parameters, int count) {
      double sum = 0;
      try (Open open = new Open(energy, shape, parameters)) {
        for (int from = 0; from < count; from += BLOCK_ROWS) {
          try (TensorScope work = open.scope.child()) {
            int to = Math.min(count, from + BLOCK_ROWS);
            for (double loss : losses(open, work, from, to).perRow().toDoubles()) {
              sum += loss;
            }
          }
        }
      }
      return sum / count;
    }

    private Losses losses(Open open, TensorScope work, int from, int to) {
      float[] block = Arrays.copyOfRange(rows, from * width(), to * width());
      return objective.losses(
          open.energy,
          new Batch(
              work.upload(block, Shapes.batch(to - from, open.shape)),
              Arrays.copyOfRange(indices, from, to),
              null,
              seed,
              step));
    }

    Optional<Double> ofGaussian() {
      boolean matchesScores =
          objective instanceof DenoisingScoreMatching
              || objective instanceof MultiScaleDenoising
              || objective instanceof ExactScoreMatching
              || objective instanceof HutchinsonScoreMatching
              || objective instanceof SlicedScoreMatching;
      if (!matchesScores || width() > WIDEST_GAUSSIAN || indices.length < 2) {
        return Optional.empty();
      }
      double[] mean = new double[width()];
      double[][] covariance = moments(mean);
      double variance = 0;
      for (int i = 0; i < mean.length; i++) {
        variance += covariance[i][i] / mean.length;
      }
      if (!(variance > 0)) {
        return Optional.empty();
      }
      // The width is chosen on the first block, as any setting would be.
      int few = Math.min(BLOCK_ROWS, indices.length);
      long[] flat = {width()};
      Energy best = widened(mean, covariance, variance * WIDENINGS[0]);
      double least = meanLoss(best, flat, new float[0], few);
      for (int i = 1; i < WIDENINGS.length; i++) {
        Energy wider = widened(mean, covariance, variance * WIDENINGS[i]);
        double loss = meanLoss(wider, flat, new float[0], few);
        if (loss < least) {
          best = wider;
          least = loss;
        }
      }
      double loss = meanLoss(best, flat, new float[0], indices.length);
      return Double.isFinite(loss) ? Optional.of(loss) : Optional.empty();
    }

    /** Fills in the mean, and answers the covariance. */
    private double[][] moments(double[] mean) {
      int width = mean.length;
      for (int i = 0; i < rows.length; i++) {
        mean[i % width] += rows[i] / (double) indices.length;
      }
      double[][] covariance = new double[width][width];
      for (int row = 0; row < indices.length; row++) {
        for (int i = 0; i < width; i++) {
          double apart = rows[row * width + i] - mean[i];
          for (int j = 0; j <= i; j++) {
            covariance[i][j] += apart * (rows[row * width + j] - mean[j]) / indices.length;
            covariance[j][i] = covariance[i][j];
          }
        }
      }
      return covariance;
    }

    private static Energy widened(double[] mean, double[][] covariance, double by) {
      List<List<Double>> rows = new ArrayList<>();
      for (int i = 0; i < mean.length; i++) {
        double[] row = covariance[i].clone();
        row[i] += by;
        rows.add(Arrays.stream(row).boxed().toList());
      }
      return new Gaussian(Arrays.stream(mean).boxed().toList(), rows);
    }
  }

  /** An energy with its weights in place. */
  private static final class Open implements AutoCloseable {
    final TensorScope scope = TensorScope.open(Device.cpu(), DataType.FLOAT32);
    final PreparedEnergy energy;
    final long[] shape;

    Open(Energy energy, long[] shape, float[] parameters) {
      ParameterLayout layout = energy.parameters(shape);
      this.energy =
          energy.prepare(Weights.of(layout, scope.upload(parameters, layout.size()).leaf()));
      this.shape = shape;
    }

    @Override
    public void close() {
      scope.close();
    }
  }
}
