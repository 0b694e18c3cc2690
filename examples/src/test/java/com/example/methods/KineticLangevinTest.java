package com.example.methods;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.ebmspark.core.energy.Harmonic;
import io.ebmspark.core.energy.ParameterLayout;
import io.ebmspark.core.energy.PreparedEnergy;
import io.ebmspark.core.energy.Weights;
import io.ebmspark.core.engine.TensorScope;
import io.ebmspark.core.random.Purpose;
import io.ebmspark.core.sampler.ChainNoise;
import io.ebmspark.core.sampler.Sampler;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class KineticLangevinTest {
  private static final int CHAINS = 20_000;
  private static final double STIFFNESS = 2;

  /** In a harmonic well this order of the parts has no bias, whatever the step: T/k. */
  @Test
  void varianceInAHarmonicWellIsExact() {
    double temperature = 0.5;
    double expected = temperature / STIFFNESS;
    // Independent chains: the standard error of a variance is √(2/n) of it; five of them.
    double tolerance = 5 * Math.sqrt(2.0 / CHAINS) * expected;
    assertThat(variance(new KineticLangevin(0.7, 1, temperature)))
        .isCloseTo(expected, within(tolerance));
    assertThat(variance(new KineticLangevin(0.2, 2, temperature)))
        .isCloseTo(expected, within(tolerance));
    // The control: a temperature 6 % off is seen.
    double off = variance(new KineticLangevin(0.7, 1, 1.06 * temperature));
    assertThat(Math.abs(off - expected)).isGreaterThan(tolerance);
  }

  private static double variance(Sampler sampler) {
    try (TensorScope scope = TensorScope.open()) {
      PreparedEnergy energy =
          new Harmonic(STIFFNESS).prepare(Weights.of(ParameterLayout.EMPTY, scope.zeros(0)));
      ChainNoise noise = ChainNoise.of(0, Purpose.CHECK, 0, LongStream.range(0, CHAINS).toArray());
      double sum = 0;
      for (float x : sampler.run(energy, scope.zeros(CHAINS, 1), 120, noise).toFloats()) {
        sum += x * (double) x / CHAINS;
      }
      return sum;
    }
  }
}
