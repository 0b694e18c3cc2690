package io.ebmspark.core.sampler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.ebmspark.core.energy.Energy;
import io.ebmspark.core.energy.Gaussian;
import io.ebmspark.core.energy.Harmonic;
import io.ebmspark.core.energy.ParameterLayout;
import io.ebmspark.core.energy.PreparedEnergy;
import io.ebmspark.core.energy.Weights;
import io.ebmspark.core.engine.Tensor;
import io.ebmspark.core.engine.TensorScope;
import io.ebmspark.core.random.Purpose;
import io.ebmspark.core.schedule.Schedule;
import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LangevinTest {
  private static final int CHAINS = 20_000;

  private static float[] run(
      Energy energy, Sampler sampler, int dimension, int steps, int chains, long seed) {
    try (TensorScope scope = TensorScope.open()) {
      PreparedEnergy bound = energy.prepare(Weights.of(ParameterLayout.EMPTY, scope.zeros(0)));
      ChainNoise noise =
          ChainNoise.of(seed, Purpose.CHECK, 0, LongStream.range(0, chains).toArray());
      Tensor start = scope.zeros(chains, dimension);
      return sampler.run(bound, start, steps, noise).toFloats();
    }
  }

  private static double variance(float[] values) {
    double sum = 0;
    for (float value : values) {
      sum += value * (double) value / values.length;
    }
    return sum;
  }

  /** The discrete chain's own variance, σ²/(k(1−ηk/2)), not the target's. */
  @ParameterizedTest
  @CsvSource({"0.5, 1, 1, 1.333333", "0.1, 1, 1, 1.052632", "0.1, 1, 0.1, 0.01052632"})
  void stationaryVarianceOnAHarmonicWellIsTheDiscreteChains(
      double eta, double stiffness, double sigma, double expected) {
    Sampler sampler = new Langevin(Schedule.of(eta), Schedule.of(sigma));
    assertThat(sampler.temperature()).isCloseTo(sigma * sigma, within(1e-12));
    for (long seed = 0; seed < 3; seed++) {
      double found = variance(run(new Harmonic(stiffness), sampler, 1, 120, CHAINS, seed));
      // Independent chains: the standard error of a variance is √(2/n) of it; five of them.
      double tolerance = 5 * Math.sqrt(2.0 / CHAINS) * expected;
      assertThat(found).as("seed %d", seed).isCloseTo(expected, within(tolerance));
      // The control: noise that is 5 % too strong is detected.
      Sampler wrong = new Langevin(Schedule.of(eta), Schedule.of(1.05 * sigma));
      double off = variance(run(new Harmonic(stiffness), wrong, 1, 120, CHAINS, seed));
      assertThat(Math.abs(off - expected)).isGreaterThan(tolerance);
    }
  }

  /**
   * On a Gaussian the discrete chain's covariance is {@code σ²Σ(I − ηΣ⁻¹/2)⁻¹}, since each
   * eigendirection is a harmonic well of stiffness 1/λ.
   */
  @Test
  void stationaryCovarianceOnAGaussianIsTheDiscreteChains() {
    double rho = 0.6;
    double eta = 0.2;
    Energy gaussian =
        new Gaussian(List.of(0.0, 0.0), List.of(List.of(1.0, rho), List.of(rho, 1.0)));
    float[] x = run(gaussian, new Langevin(Schedule.of(eta), Schedule.of(1)), 2, 150, CHAINS, 4);
    double same = 0;
    double cross = 0;
    for (int i = 0; i < CHAINS; i++) {
      same += 0.5 * (x[2 * i] * x[2 * i] + x[2 * i + 1] * x[2 * i + 1]) / CHAINS;
      cross += x[2 * i] * x[2 * i + 1] / CHAINS;
    }
    double wide = (1 + rho) / (1 - eta / (2 * (1 + rho)));
    double narrow = (1 - rho) / (1 - eta / (2 * (1 - rho)));
    double tolerance = 5 * Math.sqrt(2.0 / CHAINS) * wide;
    assertThat(same).isCloseTo((wide + narrow) / 2, within(tolerance));
    assertThat(cross).isCloseTo((wide - narrow) / 2, within(tolerance));
  }

  /** The bias towards the target vanishes with η, in the first order. */
  @Test
  void biasOnAGaussianVanishesWithTheStepSize() {
    int chains = 100_000;
    double rho = 0.6;
    Energy gaussian =
        new Gaussian(List.of(0.0, 0.0), List.of(List.of(1.0, rho), List.of(rho, 1.0)));
    double[] etas = {0.4, 0.1};
    double[] biases = new double[2];
    for (int i = 0; i < 2; i++) {
      Sampler sampler = new Langevin(Schedule.of(etas[i]), Schedule.of(1));
      int steps = (int) (12 / etas[i]);
      float[] x = run(gaussian, sampler, 2, steps, chains, 5);
      biases[i] = variance(x) - 1; // over both features
    }
    // The closed form of the test above, less 1.
    double wide = 1 + rho;
    double narrow = 1 - rho;
    double[] expected = new double[2];
    for (int i = 0; i < 2; i++) {
      expected[i] =
          0.5 * (wide / (1 - etas[i] / (2 * wide)) + narrow / (1 - etas[i] / (2 * narrow))) - 1;
    }
    // The mean of both features' squares: var = (Σλ²)/(2·chains) at λ, an eigenvalue of Σ.
    double error = Math.sqrt((wide * wide + narrow * narrow) / (2.0 * chains)) * 1.5;
    double order = Math.log(biases[0] / biases[1]) / Math.log(4);
    double exact = Math.log(expected[0] / expected[1]) / Math.log(4);
    double tolerance = 5 * error / (Math.log(4) * expected[1]);
    assertThat(order).isCloseTo(exact, within(tolerance));
    assertThat(exact).isBetween(1.0, 1.3);
    // The control: a bias that stays, or vanishes to second order, would be detected.
    assertThat(tolerance).isLessThan(0.5);
    assertThat(biases[1]).isLessThan(biases[0] / 3).isGreaterThan(5 * error);
  }

  @Test
  void stepWithHardlyAnyNoiseIsGradientDescent() {
    Sampler descent =
        new DecoupledLangevin(
            Schedule.of(0.1), Schedule.of(1e-12), Optional.empty(), Optional.empty());
    try (TensorScope scope = TensorScope.open()) {
      PreparedEnergy bound =
          new Harmonic(1).prepare(Weights.of(ParameterLayout.EMPTY, scope.zeros(0)));
      ChainNoise noise = ChainNoise.of(0, Purpose.CHECK, 0, new long[] {0});
      Tensor x = scope.full(1, 1, 1);
      assertThat(descent.run(bound, x, 1, noise).toDouble()).isCloseTo(0.9, within(1e-6));
      assertThat(descent.run(bound, x, 2, noise).toDouble()).isCloseTo(0.81, within(1e-6));
    }
  }

  @Test
  void decoupledFormIsTheSameChain() {
    double eta = 0.05;
    double sigma = 0.7;
    Sampler one = new Langevin(Schedule.of(eta), Schedule.of(sigma));
    Sampler other =
        new DecoupledLangevin(
            Schedule.of(eta),
            Schedule.of(sigma * Math.sqrt(2 * eta)),
            Optional.empty(),
            Optional.empty());
    assertThat(other.temperature()).isCloseTo(one.temperature(), within(1e-12));
    assertThat(run(new Harmonic(1), other, 2, 30, 50, 1))
        .containsExactly(run(new Harmonic(1), one, 2, 30, 50, 1), within(1e-6f));
  }

  @Test
  void chainsDoNotDependOnTheCompanyTheyAreIn() {
    Sampler sampler = new Langevin(Schedule.of(0.05), Schedule.of(1));
    float[] many = run(new Harmonic(1), sampler, 2, 30, 64, 1);
    float[] few = run(new Harmonic(1), sampler, 2, 30, 5, 1);
    assertThat(few).containsExactly(java.util.Arrays.copyOf(many, 10), within(1e-6f));
  }

  @Test
  void clampAndClipHold() {
    Sampler tame =
        new Langevin(
            Schedule.of(1), Schedule.of(2), Optional.of(List.of(-0.5, 0.5)), Optional.of(0.01));
    for (float value : run(new Harmonic(1), tame, 2, 20, 100, 1)) {
      assertThat(value).isBetween(-0.5f, 0.5f);
    }
    Sampler clipped =
        new DecoupledLangevin(
            Schedule.of(1), Schedule.of(1e-12), Optional.empty(), Optional.of(0.25));
    try (TensorScope scope = TensorScope.open()) {
      PreparedEnergy bound =
          new Harmonic(1).prepare(Weights.of(ParameterLayout.EMPTY, scope.zeros(0)));
      ChainNoise noise = ChainNoise.of(0, Purpose.CHECK, 0, new long[] {0, 1});
      Tensor x = scope.upload(new float[] {3, 4, 0.1f, 0}, 2, 2);
      float[] moved = clipped.run(bound, x, 1, noise).toFloats();
      // A gradient (3, 4) of norm 5 is cut to (.15, .2); one of norm .1 is left alone.
      assertThat(moved).containsExactly(new float[] {2.85f, 3.8f, 0, 0}, within(1e-6f));
    }
  }
}
