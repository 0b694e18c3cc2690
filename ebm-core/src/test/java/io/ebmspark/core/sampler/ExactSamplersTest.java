package io.ebmspark.core.sampler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.types.DataType;
import io.ebmspark.core.energy.Energy;
import io.ebmspark.core.energy.Gaussian;
import io.ebmspark.core.energy.Harmonic;
import io.ebmspark.core.energy.ParameterLayout;
import io.ebmspark.core.energy.PreparedEnergy;
import io.ebmspark.core.energy.Rosenbrock;
import io.ebmspark.core.energy.Weights;
import io.ebmspark.core.engine.Tensor;
import io.ebmspark.core.engine.TensorScope;
import io.ebmspark.core.random.Purpose;
import io.ebmspark.core.schedule.Schedule;
import io.ebmspark.core.settings.BadSettingException;
import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Samplers that draw from the exact target, and descents, which do not sample. */
class ExactSamplersTest {
  private static final int CHAINS = 20_000;
  private static final double RHO = 0.6;
  private static final Energy GAUSSIAN =
      new Gaussian(List.of(0.5, -1.0), List.of(List.of(1.0, RHO), List.of(RHO, 1.0)));

  private record Run(float[] states, double acceptance) {}

  private static Run run(Energy energy, Sampler sampler, int steps, int chains, long seed) {
    try (TensorScope scope = TensorScope.open()) {
      PreparedEnergy bound = bound(scope, energy);
      ChainNoise noise =
          ChainNoise.of(seed, Purpose.CHECK, 0, LongStream.range(0, chains).toArray());
      double[] accepted = new double[1];
      Tensor end =
          sampler.run(
              bound,
              scope.zeros(chains, 2),
              steps,
              noise,
              (done, position, info) ->
                  accepted[0] += info.accepted().map(each -> each.sum().toDouble()).orElse(0.0));
      return new Run(end.toFloats(), accepted[0] / chains / steps);
    }
  }

  private static PreparedEnergy bound(TensorScope scope, Energy energy) {
    return energy.prepare(Weights.of(ParameterLayout.EMPTY, scope.zeros(0)));
  }

  static List<Sampler> exact() {
    return List.of(
        new Mala(Schedule.of(0.3), Schedule.of(1)),
        new Mala(Schedule.of(0.3), Schedule.of(0.5)),
        new Hmc(Schedule.of(0.4), 4, 1),
        new Hmc(Schedule.of(0.25), 2, 0.25),
        new Hmc(Schedule.of(0.3), 4, 1, Optional.of(List.of(0.5, 2.0)), Optional.empty()));
  }

  /**
   * The target's own covariance TΣ, at a step where plain Langevin's is off by tens of per cent.
   */
  @ParameterizedTest
  @MethodSource("exact")
  void theCovarianceIsTheTargets(Sampler sampler) {
    double t = sampler.temperature();
    for (long seed = 0; seed < 3; seed++) {
      double[] found = moments(run(GAUSSIAN, sampler, 60, CHAINS, seed).states);
      // Independent chains: the error of a variance v is v√(2/n), of a mean √(v/n); five of each.
      double ofVariance = 5 * t * Math.sqrt(2.0 / CHAINS);
      double ofMean = 5 * Math.sqrt(t / CHAINS);
      assertThat(found[0]).isCloseTo(0.5, within(ofMean));
      assertThat(found[1]).isCloseTo(-1, within(ofMean));
      assertThat(found[2]).isCloseTo(t, within(ofVariance));
      assertThat(found[3]).isCloseTo(t, within(ofVariance));
      assertThat(found[4]).isCloseTo(RHO * t, within(ofVariance));
    }
    // The control: the same steps without the correction.
    Sampler plain = new Langevin(Schedule.of(0.3), Schedule.of(Math.sqrt(t)));
    double[] biased = moments(run(GAUSSIAN, plain, 60, CHAINS, 0).states);
    assertThat(biased[2]).isGreaterThan(t * (1 + 5 * Math.sqrt(2.0 / CHAINS)));
  }

  private static double[] moments(float[] rows) {
    int n = rows.length / 2;
    double[] m = new double[5];
    for (int i = 0; i < n; i++) {
      m[0] += rows[2 * i] / (double) n;
      m[1] += rows[2 * i + 1] / (double) n;
    }
    for (int i = 0; i < n; i++) {
      double a = rows[2 * i] - m[0];
      double b = rows[2 * i + 1] - m[1];
      m[2] += a * a / n;
      m[3] += b * b / n;
      m[4] += a * b / n;
    }
    return m;
  }

  @Test
  void acceptanceIsHighAtSmallStepsAndFallsWithThem() {
    double fine = run(GAUSSIAN, new Mala(Schedule.of(0.01), Schedule.of(1)), 50, 500, 1).acceptance;
    double coarse =
        run(GAUSSIAN, new Mala(Schedule.of(0.8), Schedule.of(1)), 50, 500, 1).acceptance;
    assertThat(fine).isGreaterThan(0.98);
    assertThat(coarse).isBetween(0.05, 0.9);
    assertThat(run(GAUSSIAN, new Hmc(Schedule.of(0.05), 10, 1), 50, 500, 1).acceptance)
        .isGreaterThan(0.99);
    // A leapfrog step beyond 2√(smallest variance) is unstable: nearly all is refused, none is
    // lost.
    Run wild = run(GAUSSIAN, new Hmc(Schedule.of(3), 30, 1), 20, 500, 1);
    assertThat(wild.acceptance).isLessThan(0.01);
    for (float value : wild.states) {
      assertThat(value).isFinite();
    }
  }

  @ParameterizedTest
  @ValueSource(doubles = {1, 0.3})
  void leapfrogIsReversibleAndKeepsEnergyToSecondOrder(double temperature) {
    try (TensorScope scope = TensorScope.open(Device.cpu(), DataType.FLOAT64)) {
      PreparedEnergy energy = bound(scope, new Rosenbrock(1, 5));
      ChainNoise noise = ChainNoise.of(3, Purpose.CHECK, 0, new long[] {0, 1, 2});
      Tensor from = noise.normals(scope, 0, 1, 3, 2);
      Hmc.Phase start =
          new Hmc.Phase(from, noise.normals(scope, 1, 1, 3, 2), energy.gradient(from));
      Hmc hmc =
          new Hmc(
              Schedule.of(0.01), 25, temperature, Optional.of(List.of(2.0, 0.7)), Optional.empty());
      Hmc.Phase end = hmc.leapfrog(energy, start, 0.01);
      Hmc.Phase back =
          hmc.leapfrog(
              energy, new Hmc.Phase(end.position(), end.momentum().neg(), end.gradient()), 0.01);
      assertThat(back.position().toDoubles())
          .containsExactly(start.position().toDoubles(), within(1e-10));
      assertThat(back.momentum().neg().toDoubles())
          .containsExactly(start.momentum().toDoubles(), within(1e-10));
      double[] moved = end.position().toDoubles();
      assertThat(Math.abs(moved[0] - start.position().toDoubles()[0])).isGreaterThan(0.01);
    }
  }

  /** The density restricted to a box: half-normal, of mean √(2/π) and variance 1 − 2/π. */
  @Test
  void clampedChainsDrawFromTheRestrictedDensity() {
    for (Sampler sampler :
        List.of(
            new Mala(Schedule.of(0.2), Schedule.of(1), Optional.of(List.of(0.0, 10.0))),
            new Hmc(Schedule.of(0.4), 3, 1, Optional.empty(), Optional.of(List.of(0.0, 10.0))))) {
      double[] found = moments(run(new Harmonic(1), sampler, 150, CHAINS, 2).states);
      double variance = 1 - 2 / Math.PI;
      assertThat(found[0])
          .isCloseTo(Math.sqrt(2 / Math.PI), within(5 * Math.sqrt(variance / CHAINS)));
      // The half-normal's kurtosis is 3.87, so the error of its variance is v√(2.87/n).
      assertThat(found[2]).isCloseTo(variance, within(5 * variance * Math.sqrt(2.87 / CHAINS)));
    }
  }

  @Test
  void descentsFollowTheirRecursions() {
    Sampler descent = new GradientDescent(Schedule.of(0.1), Optional.empty(), Optional.empty());
    Sampler nesterov = new Nesterov(Schedule.of(0.1), 0.9, Optional.empty(), Optional.empty());
    try (TensorScope scope = TensorScope.open()) {
      PreparedEnergy well = bound(scope, new Harmonic(1));
      ChainNoise none = ChainNoise.of(0, Purpose.CHECK, 0, new long[] {0});
      Tensor x = scope.full(1, 1, 1);
      assertThat(descent.run(well, x, 1, none).toDouble()).isCloseTo(0.9, within(1e-6));
      assertThat(descent.run(well, x, 2, none).toDouble()).isCloseTo(0.81, within(1e-6));
      assertThat(nesterov.run(well, x, 1, none).toDouble()).isCloseTo(0.9, within(1e-6));
      assertThat(nesterov.run(well, x, 2, none).toDouble()).isCloseTo(0.729, within(1e-6));
      // Both reach Rosenbrock's minimum; with momentum, nearer in the same number of steps.
      PreparedEnergy valley = bound(scope, new Rosenbrock(1, 10));
      Tensor start = scope.upload(new float[] {-1, 1}, 1, 2);
      Sampler slow = new GradientDescent(Schedule.of(0.003), Optional.empty(), Optional.empty());
      Sampler fast = new Nesterov(Schedule.of(0.003), 0.9, Optional.empty(), Optional.empty());
      double plain = valley.at(slow.run(valley, start, 400, none)).toDouble();
      double quick = valley.at(fast.run(valley, start, 400, none)).toDouble();
      assertThat(quick).isLessThan(plain / 10);
    }
    assertThat(descent.temperature()).isZero();
  }

  @Test
  void settingsThatDoNotFitAreRefused() {
    Hmc hmc =
        new Hmc(Schedule.of(0.1), 2, 1, Optional.of(List.of(1.0, 1.0, 1.0)), Optional.empty());
    assertThatThrownBy(() -> run(GAUSSIAN, hmc, 1, 2, 0))
        .isInstanceOf(BadSettingException.class)
        .hasMessage("sampler.mass has 3 entries, where a row has 2 elements; give one for each");
    assertThatThrownBy(() -> new Nesterov(Schedule.of(1), 1, Optional.empty(), Optional.empty()))
        .hasMessageContaining("momentum");
  }
}
