package io.ebmspark.core.energy;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebmspark.core.engine.Tensor;
import io.ebmspark.core.engine.TensorScope;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** What an energy precomputes, it computes once. */
class PreparedEnergyTest {
  /** Counts how often it is prepared. */
  private record Counted(Energy energy, AtomicInteger prepared) implements Energy {
    @Override
    public ParameterLayout parameters(long... shape) {
      return energy.parameters(shape);
    }

    @Override
    public Tensor energy(Tensor x, Weights weights) {
      return energy.energy(x, weights);
    }

    @Override
    public PreparedEnergy prepare(Weights weights) {
      prepared.incrementAndGet();
      return energy.prepare(weights);
    }
  }

  /** Norms are iterated once for frozen weights, and for each graph of weights being trained. */
  @Test
  void frozenWeightsAreNormalisedOnce() {
    Counted counted = new Counted(new Mlp(List.of(8), Activation.TANH), new AtomicInteger());
    Energy bounded = new Sum(List.of(new SpectralNorm(counted, 5), new Harmonic(0.1)));
    ParameterLayout layout = bounded.parameters(3);
    try (TensorScope scope = TensorScope.open()) {
      Tensor flat = scope.upload(layout.initialise(1), layout.size()).leaf();
      PreparedEnergy prepared = bounded.prepare(Weights.of(layout, flat));
      assertThat(counted.prepared).hasValue(0);
      Tensor x = scope.full(1, 2, 3);
      float[] expected = bounded.energy(x, Weights.of(layout, flat)).toFloats();
      int before = counted.prepared.get();
      for (int i = 0; i < 5; i++) {
        assertThat(prepared.value(x).toFloats()).isEqualTo(expected);
        prepared.gradient(x);
        assertThat(prepared.script()).isPresent();
      }
      assertThat(counted.prepared).hasValue(before + 1);
      prepared.at(x);
      prepared.at(x);
      assertThat(counted.prepared).hasValue(before + 3);
    }
  }

  /** A covariance keeps its factor for all users. */
  @Test
  void covarianceIsFactoredOnce() {
    List<List<Double>> matrix = List.of(List.of(2.0, 0.3), List.of(0.3, 0.7));
    Gaussian gaussian = new Gaussian(List.of(0.0, 1.0), matrix);
    assertThat(gaussian.covariance()).isEqualTo(matrix).isInstanceOf(Covariance.class);
    assertThat(matrix).isEqualTo(gaussian.covariance());
    assertThat(new Gaussian(List.of(0.0, 1.0), gaussian.covariance()).covariance())
        .isSameAs(gaussian.covariance());
    assertThat(gaussian).isEqualTo(new Gaussian(List.of(0.0, 1.0), matrix));
    GaussianMixture mixture =
        new GaussianMixture(
            List.of(1.0, 1.0),
            List.of(List.of(0.0, 1.0), List.of(1.0, 0.0)),
            Collections.nCopies(2, gaussian.covariance()));
    assertThat(mixture.covariances().get(1)).isSameAs(gaussian.covariance());
  }
}
