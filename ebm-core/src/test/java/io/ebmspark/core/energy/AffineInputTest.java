package io.ebmspark.core.energy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.ebmspark.core.engine.Gradients;
import io.ebmspark.core.engine.Tensor;
import io.ebmspark.core.engine.TensorScope;
import java.util.List;
import org.junit.jupiter.api.Test;

class AffineInputTest {
  private static PreparedEnergy prepare(Energy energy, TensorScope scope) {
    return energy.prepare(Weights.of(ParameterLayout.EMPTY, scope.zeros(0)));
  }

  /**
   * If y = a⊙x + b is N(μ, Σ), then x is N((μ−b)/a, Σᵢⱼ/(aᵢaⱼ)), and the normalised densities of
   * both agree. A mixture of one component is a normalised Gaussian.
   */
  @Test
  void aGaussianInOtherUnitsIsTheGaussianOfThoseUnits() {
    double[] a = {2, 0.5};
    double[] b = {1, -3};
    Energy inner =
        new GaussianMixture(
            List.of(1.0),
            List.of(List.of(0.5, 1.0)),
            List.of(List.of(List.of(2.0, 0.3), List.of(0.3, 0.5))));
    Energy outer =
        new GaussianMixture(
            List.of(1.0),
            List.of(List.of((0.5 - 1) / 2, (1.0 + 3) / 0.5)),
            List.of(List.of(List.of(2.0 / 4, 0.3 / 1), List.of(0.3 / 1, 0.5 / 0.25))));
    try (TensorScope scope = TensorScope.open()) {
      PreparedEnergy known = prepare(outer, scope);
      PreparedEnergy seen = new AffineInput(prepare(inner, scope), new long[] {2}, a, b, 1);
      Tensor x = scope.upload(new float[] {0, 8, -1, 7.5f, 0.3f, 9, 2, 5}, 4, 2);
      close(seen.value(x), known.value(x));
      close(seen.at(x), known.at(x));
      close(seen.gradient(x), known.gradient(x));
      Tensor leaf = x.leaf();
      close(Gradients.of(seen.at(leaf), leaf), known.gradient(x));
      PreparedEnergy shifted =
          new AffineInput(prepare(inner, scope), new long[] {2}, a, new double[2], 1);
      assertThat(shifted.value(x).toDoubles()[0])
          .isNotCloseTo(known.value(x).toDoubles()[0], within(0.1));
    }
  }

  private static void close(Tensor found, Tensor known) {
    double[] expected = known.toDoubles();
    double[] actual = found.toDoubles();
    assertThat(actual).hasSameSizeAs(expected);
    for (int i = 0; i < expected.length; i++) {
      assertThat(actual[i]).isCloseTo(expected[i], within(2e-5 * (1 + Math.abs(expected[i]))));
    }
  }
}
