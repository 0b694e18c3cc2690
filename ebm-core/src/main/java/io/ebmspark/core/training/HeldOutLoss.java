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
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.UnaryOperator;

/**
 * An objective evaluated row by row on given rows: with the same rows and, by address, the same
 * noise for every energy, so that differences are paired.
 *
 * @param rows packed row-major
 * @param indices the rows' indices in the whole table, which determine their noise
 * @param seed of the noise
 * @param step the training step whose noise is used, and at which schedules are evaluated
 */
public record HeldOutLoss(Objective objective, float[] rows, long[] indices, long seed, long step) {
  /** The widest rows that a Gaussian is fitted to. */
  public static final int WIDEST_GAUSSIAN = 256;

  private static final int BLOCK_ROWS = 512;

  /** σ² in units of the rows' mean variance. */
  private static final double[] WIDENINGS = {
    1e-4, 1e-3, 1e-2, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100, 1e3, 1e4
  };

  private int width() {
    return rows.length / indices.length;
  }

  /**
   * Whether the loss can measure a single energy: not if chains are run, since their loss only
   * compares an energy with itself, and not if there are no rows.
   */
  public boolean tells(Energy energy, long[] shape, float[] parameters) {
    if (indices.length == 0 || objective.replay().isPresent()) {
      return false;
    }
    try (Open open = new Open(energy, shape, parameters, UnaryOperator.identity());
        TensorScope work = open.scope.child()) {
      return losses(open, work, 0, 1).chainEnds() == null;
    }
  }

  /** The loss of each row. */
  public double[] perRow(Energy energy, long[] shape, float[] parameters) {
    return perRow(energy, shape, parameters, UnaryOperator.identity());
  }

  /** The same, blocks of rows on so many threads at once; their number changes no bit. */
  double[] perRow(Energy energy, long[] shape, float[] parameters, int threads) {
    if (threads == 1) {
      return perRow(energy, shape, parameters);
    }
    int blocks = (indices.length + BLOCK_ROWS - 1) / BLOCK_ROWS;
    int parts = Math.min(threads, blocks);
    List<Callable<double[]>> works = new ArrayList<>();
    for (int i = 0; i < parts; i++) {
      HeldOutLoss part =
          part(
              BLOCK_ROWS * (i * blocks / parts),
              Math.min(indices.length, BLOCK_ROWS * ((i + 1) * blocks / parts)));
      works.add(() -> part.perRow(energy, shape, parameters));
    }
    try (WorkerThreads pool = new WorkerThreads(parts)) {
      return pool.all(works).stream().flatMapToDouble(Arrays::stream).toArray();
    }
  }

  /**
   * The loss of each row under an energy in other units.
   *
   * @param units turns the energy into one in the rows' units
   */
  public double[] perRow(
      Energy energy, long[] shape, float[] parameters, UnaryOperator<PreparedEnergy> units) {
    return first(indices.length, energy, shape, parameters, units);
  }

  private double[] first(
      int count,
      Energy energy,
      long[] shape,
      float[] parameters,
      UnaryOperator<PreparedEnergy> units) {
    double[] all = new double[count];
    try (Open open = new Open(energy, shape, parameters, units)) {
      for (int from = 0; from < count; from += BLOCK_ROWS) {
        try (TensorScope work = open.scope.child()) {
          int to = Math.min(count, from + BLOCK_ROWS);
          double[] block = losses(open, work, from, to).perRow().toDoubles();
          System.arraycopy(block, 0, all, from, block.length);
        }
      }
    }
    return all;
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

  /**
   * The mean loss of a Gaussian with the rows' mean and covariance, widened by the best of several
   * σ²·I.
   *
   * @return empty if the objective does not match the score of one energy, or the rows are wider
   *     than {@link #WIDEST_GAUSSIAN}, fewer than two, or all equal
   */
  public Optional<Double> ofGaussian() {
    return ofGaussianFittedTo(this);
  }

  /**
   * As {@link #ofGaussian}, with each half of the rows measured by the Gaussian of the other half:
   * how good such a fit is on rows it has not seen.
   */
  public Optional<Double> ofGaussianAcross() {
    int half = indices.length / 2;
    if (half < 2) {
      return Optional.empty();
    }
    HeldOutLoss first = part(0, half);
    HeldOutLoss second = part(half, indices.length);
    return first
        .ofGaussianFittedTo(second)
        .flatMap(
            one ->
                second
                    .ofGaussianFittedTo(first)
                    .map(other -> (one * half + other * (indices.length - half)) / indices.length));
  }

  private HeldOutLoss part(int from, int to) {
    return new HeldOutLoss(
        objective,
        Arrays.copyOfRange(rows, from * width(), to * width()),
        Arrays.copyOfRange(indices, from, to),
        seed,
        step);
  }

  private Optional<Double> ofGaussianFittedTo(HeldOutLoss fitted) {
    boolean matchesScores =
        objective instanceof DenoisingScoreMatching
            || objective instanceof MultiScaleDenoising
            || objective instanceof ExactScoreMatching
            || objective instanceof HutchinsonScoreMatching
            || objective instanceof SlicedScoreMatching;
    if (!matchesScores || fitted.indices.length < 2 || width() > WIDEST_GAUSSIAN) {
      return Optional.empty();
    }
    double[] mean = new double[width()];
    double[][] covariance = fitted.moments(mean);
    double variance = 0;
    for (int i = 0; i < mean.length; i++) {
      variance += covariance[i][i] / mean.length;
    }
    if (!(variance > 0)) {
      return Optional.empty();
    }
    // The widening is chosen on the first block, like any setting.
    int few = Math.min(BLOCK_ROWS, indices.length);
    Energy best = widened(mean, covariance, variance * WIDENINGS[0]);
    double least = mean(ofFlat(few, best));
    for (int i = 1; i < WIDENINGS.length; i++) {
      Energy wider = widened(mean, covariance, variance * WIDENINGS[i]);
      double loss = mean(ofFlat(few, wider));
      if (loss < least) {
        best = wider;
        least = loss;
      }
    }
    double loss = mean(ofFlat(indices.length, best));
    return Double.isFinite(loss) ? Optional.of(loss) : Optional.empty();
  }

  private double[] ofFlat(int count, Energy energy) {
    return first(count, energy, new long[] {width()}, new float[0], UnaryOperator.identity());
  }

  /** The mean, summed in order. */
  static double mean(double[] values) {
    double sum = 0;
    for (double value : values) {
      sum += value;
    }
    return sum / values.length;
  }

  /** Fills in the mean and returns the covariance. */
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

  /** An energy with its weights loaded. */
  private static final class Open implements AutoCloseable {
    final TensorScope scope = TensorScope.open(Device.cpu(), DataType.FLOAT32);
    final PreparedEnergy energy;
    final long[] shape;

    Open(Energy energy, long[] shape, float[] parameters, UnaryOperator<PreparedEnergy> units) {
      ParameterLayout layout = energy.parameters(shape);
      Weights weights = Weights.of(layout, scope.leaf(parameters, layout.size()));
      this.energy = units.apply(energy.prepare(weights));
      this.shape = shape;
    }

    @Override
    public void close() {
      scope.close();
    }
  }
}
