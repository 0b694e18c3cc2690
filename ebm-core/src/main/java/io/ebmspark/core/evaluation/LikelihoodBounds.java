package io.ebmspark.core.evaluation;

import io.ebmspark.core.data.Shapes;
import io.ebmspark.core.energy.Energy;
import io.ebmspark.core.energy.ParameterLayout;
import io.ebmspark.core.energy.PreparedEnergy;
import io.ebmspark.core.energy.Weights;
import io.ebmspark.core.engine.TensorScope;
import io.ebmspark.core.random.Purpose;
import io.ebmspark.core.sampler.ChainNoise;
import io.ebmspark.core.sampler.ChainState;
import io.ebmspark.core.sampler.Hmc;
import io.ebmspark.core.sampler.Step;
import io.ebmspark.core.schedule.Schedule;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.LongStream;

/**
 * The mean log-likelihood of rows under {@code exp(−E/T)/Z}, in nats a row, bounded from both sides
 * by {@link AnnealedImportanceSampling}. The lower bound needs draws of the density; as far as
 * those at hand are not quite that, it is one only nearly.
 *
 * @param standardError the larger of the two bounds'
 * @param effectiveChains the fewer of the two bounds': few mean that they are not to be trusted
 */
public record LikelihoodBounds(
    double lower, double upper, double standardError, double effectiveChains) {
  private static final int LEAPFROGS = 5;
  private static final int PILOT_STEPS = 8;
  private static final int PILOT_CHAINS = 64;
  private static final double ACCEPTANCE = 0.7;

  /** Fewer than these and one chain may stand for most of Z. */
  private static final double FEWEST_EFFECTIVE = 5;

  /**
   * Bounds the likelihood. The step size of the chains is the largest of a geometric series that is
   * accepted often enough from the drawn rows.
   *
   * @param shape the shape of one row
   * @param parameters the trained vector
   * @param rows packed row-major
   * @param drawn rows of the density itself, packed likewise; each is where a chain starts
   * @param distributions steps of the path: the more, the nearer the bounds
   */
  public static LikelihoodBounds of(
      Energy energy,
      long[] shape,
      float[] parameters,
      double temperature,
      float[] rows,
      float[] drawn,
      int distributions,
      long seed) {
    int width = Shapes.width(shape);
    Rows.check(rows, width, 1);
    Rows.check(drawn, width, 2);
    double deviation = 1.2 * Math.max(largestScale(rows, width), largestScale(drawn, width));
    try (TensorScope scope = TensorScope.open()) {
      ParameterLayout layout = energy.parameters(shape);
      PreparedEnergy prepared =
          energy.prepare(Weights.of(layout, scope.upload(parameters, layout.size()))).density();
      double size = stepSize(prepared, shape, temperature, drawn, deviation, seed);
      AnnealedImportanceSampling annealing =
          new AnnealedImportanceSampling(
              distributions, deviation, new Hmc(Schedule.of(size), LEAPFROGS, 1));
      int chains = drawn.length / width;
      var below = annealing.lower(prepared, shape, temperature, chains, seed);
      var above = annealing.upper(prepared, shape, temperature, drawn, seed);
      double mean = meanEnergy(prepared, shape, rows);
      return new LikelihoodBounds(
          -above.negativeLogLikelihood(mean, temperature),
          -below.negativeLogLikelihood(mean, temperature),
          Math.max(below.standardError(), above.standardError()),
          Math.min(below.effectiveChains(), above.effectiveChains()));
    }
  }

  /** Whether the bounds are numbers, of enough chains, and in order within their errors. */
  public boolean isToBeTrusted() {
    return Double.isFinite(lower)
        && Double.isFinite(upper)
        && effectiveChains >= FEWEST_EFFECTIVE
        && lower <= upper + 5 * standardError;
  }

  /** Why the bounds are not to be trusted. */
  public String distrust() {
    if (!Double.isFinite(lower) || !Double.isFinite(upper) || effectiveChains < FEWEST_EFFECTIVE) {
      return String.format(
          Locale.ROOT,
          "%.1f chains between a normal distribution and the model stand for all; the density may"
              + " have no finite integral, or the path too few steps",
          effectiveChains);
    }
    return "the drawn rows are not yet draws of the model, so that the bounds contradict each other;"
        + " longer sampling chains are needed";
  }

  /** The largest root mean square of a column. */
  private static double largestScale(float[] rows, int width) {
    double[] squares = new double[width];
    for (int i = 0; i < rows.length; i++) {
      squares[i % width] += (double) rows[i] * rows[i];
    }
    double largest = 0;
    for (double sum : squares) {
      largest = Math.max(largest, sum);
    }
    return Math.max(1e-6, Math.sqrt(largest * width / rows.length));
  }

  private static double stepSize(
      PreparedEnergy energy,
      long[] shape,
      double temperature,
      float[] drawn,
      double deviation,
      long seed) {
    int width = Shapes.width(shape);
    int chains = Math.min(PILOT_CHAINS, drawn.length / width);
    float[] starts = Arrays.copyOf(drawn, chains * width);
    ChainNoise noise =
        ChainNoise.of(seed, Purpose.EVALUATION, 0, LongStream.range(0, chains).toArray());
    double size = deviation;
    for (int halvings = 0; halvings < 12; halvings++) {
      try (TensorScope work = energy.scope().child()) {
        Hmc sampler = new Hmc(Schedule.of(size), LEAPFROGS, temperature);
        ChainState state = sampler.start(energy, work.upload(starts, Shapes.batch(chains, shape)));
        double accepted = 0;
        for (int i = 1; i <= PILOT_STEPS; i++) {
          Step step = sampler.step(energy, state, i, noise);
          accepted += step.info().accepted().orElseThrow().sum().toDouble();
          state = step.state();
        }
        if (accepted >= ACCEPTANCE * chains * PILOT_STEPS) {
          return size;
        }
      }
      size /= 2;
    }
    return size;
  }

  private static double meanEnergy(PreparedEnergy energy, long[] shape, float[] rows) {
    int width = Shapes.width(shape);
    int count = rows.length / width;
    double sum = 0;
    for (int from = 0; from < count; from += 512) {
      int to = Math.min(count, from + 512);
      float[] block = Arrays.copyOfRange(rows, from * width, to * width);
      try (TensorScope work = energy.scope().child()) {
        sum += energy.value(work.upload(block, Shapes.batch(to - from, shape))).sum().toDouble();
      }
    }
    return sum / count;
  }
}
