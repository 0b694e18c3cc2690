package io.ebmspark.core.evaluation;

import io.ebmspark.core.data.Shapes;
import io.ebmspark.core.energy.EnergyScript;
import io.ebmspark.core.energy.PreparedEnergy;
import io.ebmspark.core.engine.Tensor;
import io.ebmspark.core.engine.TensorScope;
import io.ebmspark.core.random.Purpose;
import io.ebmspark.core.sampler.ChainNoise;
import io.ebmspark.core.sampler.ChainState;
import io.ebmspark.core.sampler.Hmc;
import java.util.Optional;
import java.util.stream.LongStream;

/**
 * Annealed importance sampling (Neal 2001): log Z of {@code exp(−E/T)} in any number of dimensions,
 * along the geometric path from {@code N(0, s²I)}, with bounds from both directions (Grosse,
 * Ghahramani and Adams 2015).
 *
 * @param distributions number of steps of the path
 * @param baseDeviation the deviation s of the path's first distribution: wide enough to reach
 *     wherever the density has mass
 * @param kernel leaves each distribution of the path invariant; its own temperature is not used
 */
public record AnnealedImportanceSampling(int distributions, double baseDeviation, Hmc kernel) {
  /**
   * An estimate of log Z.
   *
   * @param logZ its mean is at most log Z from {@link #lower}, at least log Z from {@link #upper}
   * @param standardError of {@code logZ}, by the delta method
   * @param effectiveChains {@code (Σw)²/Σw²}: few mean that the estimate is not to be trusted
   */
  public record Estimate(double logZ, double standardError, double effectiveChains) {
    /** The mean of {@code −log p} over rows of mean energy {@code meanEnergy} at T. */
    public double negativeLogLikelihood(double meanEnergy, double temperature) {
      return meanEnergy / temperature + logZ;
    }
  }

  public AnnealedImportanceSampling {
    if (distributions < 1 || !(baseDeviation > 0)) {
      throw new IllegalArgumentException(
          "distributions and baseDeviation must be positive, got "
              + distributions
              + " and "
              + baseDeviation);
    }
  }

  /** The energy on the path: {@code (1−β)‖x‖²/(2s²) + β·E(x)/T}. */
  private static final class Bridge extends PreparedEnergy {
    private final PreparedEnergy energy;
    private final double beta;
    private final double deviation;
    private final double temperature;

    Bridge(PreparedEnergy energy, double beta, double deviation, double temperature) {
      super(energy.scope());
      this.energy = energy;
      this.beta = beta;
      this.deviation = deviation;
      this.temperature = temperature;
    }

    @Override
    public Tensor at(Tensor x) {
      return between(x, energy.at(x));
    }

    @Override
    public Tensor value(Tensor x) {
      return between(x, energy.value(x));
    }

    private Tensor between(Tensor x, Tensor end) {
      Tensor base = x.square().sumPerRow().mul((1 - beta) / (2 * deviation * deviation));
      return base.add(end.mul(beta / temperature));
    }

    @Override
    public Tensor gradient(Tensor x) {
      Tensor base = x.mul((1 - beta) / (deviation * deviation));
      return base.add(energy.gradient(x).mul(beta / temperature));
    }

    @Override
    protected Optional<EnergyScript.Expressions> script(EnergyScript script) {
      return Optional.empty();
    }
  }

  /**
   * From the normal distribution to the density: a stochastic lower bound of log Z.
   *
   * @param shape the shape of one row
   * @param temperature the density's T
   */
  public Estimate lower(
      PreparedEnergy energy, long[] shape, double temperature, int chains, long seed) {
    try (TensorScope scope = energy.scope().child()) {
      long[] batch = Shapes.batch(chains, shape);
      ChainNoise starts =
          ChainNoise.of(seed, Purpose.SAMPLING_START, 0, LongStream.range(0, chains).toArray());
      Tensor x = starts.normals(scope, 0, baseDeviation, batch);
      double[] logWeights = walk(energy, x, temperature, seed, true);
      return estimate(logWeights, 1, Shapes.width(shape));
    }
  }

  /**
   * From rows of the density itself back to the normal distribution: a stochastic upper bound of
   * log Z.
   *
   * @param rows exact draws of {@code exp(−E/T)}, packed row-major
   */
  public Estimate upper(
      PreparedEnergy energy, long[] shape, double temperature, float[] rows, long seed) {
    int width = Shapes.width(shape);
    Rows.check(rows, width, 1);
    try (TensorScope scope = energy.scope().child()) {
      Tensor x = scope.upload(rows, Shapes.batch(rows.length / width, shape));
      double[] logWeights = walk(energy, x, temperature, seed, false);
      return estimate(logWeights, -1, width);
    }
  }

  private double[] walk(
      PreparedEnergy energy, Tensor start, double temperature, long seed, boolean forward) {
    int chains = (int) start.size(0);
    ChainNoise noise =
        ChainNoise.of(seed, Purpose.SAMPLING, 0, LongStream.range(0, chains).toArray());
    double[] logWeights = new double[chains];
    Hmc exact =
        new Hmc(kernel.stepSize(), kernel.leapfrogSteps(), 1, kernel.mass(), kernel.clamp());
    Tensor x = start;
    for (int k = 1; k <= distributions; k++) {
      double from = forward ? (k - 1.0) / distributions : 1 - (k - 1.0) / distributions;
      double to = forward ? (double) k / distributions : 1 - (double) k / distributions;
      try (TensorScope work = start.scope().child()) {
        PreparedEnergy before = bridge(energy, from, temperature);
        PreparedEnergy after = bridge(energy, to, temperature);
        double[] left = before.value(x.in(work)).toDoubles();
        double[] entered = after.value(x.in(work)).toDoubles();
        for (int i = 0; i < chains; i++) {
          logWeights[i] += left[i] - entered[i];
        }
        ChainState entering = exact.start(after, x.in(work));
        Tensor next =
            exact.step(after, entering, k, noise).state().position().moveTo(start.scope());
        if (x != start) {
          x.close();
        }
        x = next;
      }
    }
    return logWeights;
  }

  private PreparedEnergy bridge(PreparedEnergy energy, double beta, double temperature) {
    return new Bridge(energy, beta, baseDeviation, temperature);
  }

  /** {@code log Z = log Z₀ ± log mean exp(logWeights)}. */
  private Estimate estimate(double[] logWeights, int sign, int width) {
    double largest = Double.NEGATIVE_INFINITY;
    for (double weight : logWeights) {
      largest = Math.max(largest, weight);
    }
    double sum = 0;
    double squares = 0;
    for (double weight : logWeights) {
      double w = Math.exp(weight - largest);
      sum += w;
      squares += w * w;
    }
    int n = logWeights.length;
    double base = width * Math.log(baseDeviation * Math.sqrt(2 * Math.PI));
    double variance = Math.max(0, squares / n - sum / n * (sum / n)) / (sum / n * (sum / n)) / n;
    return new Estimate(
        base + sign * (largest + Math.log(sum / n)), Math.sqrt(variance), sum * sum / squares);
  }
}
