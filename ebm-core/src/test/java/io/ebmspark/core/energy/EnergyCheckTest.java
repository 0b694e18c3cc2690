package io.ebmspark.core.energy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import ai.djl.ndarray.types.DataType;
import io.ebmspark.core.engine.Tensor;
import io.ebmspark.core.engine.TensorScope;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class EnergyCheckTest {
  static Stream<Arguments> energies() {
    Energy mlp = new Mlp(List.of(8, 8), Activation.SILU);
    Conv conv = new Conv(List.of(2, 3), List.of(1, 2), 4, Activation.SILU);
    return Stream.of(
        Arguments.of(mlp, new long[] {3}),
        Arguments.of(new Mlp(List.of(5), Activation.TANH), new long[] {1}),
        Arguments.of(conv, new long[] {1, 7, 5}),
        Arguments.of(conv, new long[] {2, 4, 4}),
        Arguments.of(
            new Gaussian(List.of(0.5, -1.0), List.of(List.of(2.0, 0.3), List.of(0.3, 0.7))),
            new long[] {2}),
        Arguments.of(new DoubleWell(2, 1), new long[] {2}),
        Arguments.of(new Harmonic(1.5), new long[] {2, 3}),
        Arguments.of(new Composed(new DoubleWell(2, 1), mlp), new long[] {2}),
        Arguments.of(new Sum(List.of(mlp, new Harmonic(0.1), conv)), new long[] {3}));
  }

  @ParameterizedTest
  @MethodSource("energies")
  void everyEnergyHasTheGradientsOfFiniteDifferences(Energy energy, long[] shape) {
    if (energy instanceof Sum) { // a conv beside an mlp: no shape fits both
      assertThatThrownBy(() -> EnergyCheck.check(energy, shape, 7))
          .isInstanceOf(UnfitEnergyException.class)
          .hasMessageContaining("shape [3]");
      return;
    }
    assertThatCode(() -> EnergyCheck.check(energy, shape, 7)).doesNotThrowAnyException();
  }

  @ParameterizedTest
  @EnumSource(Activation.class)
  void everyActivationHasTheGradientsOfFiniteDifferences(Activation activation) {
    EnergyCheck.check(new Mlp(List.of(6, 5), activation), new long[] {2}, 3);
    EnergyCheck.check(new Conv(List.of(2), List.of(2), 3, activation), new long[] {1, 4, 4}, 3);
  }

  /** Half of x², with a script of the test's own. */
  private record Scripted(String energy, String gradient) implements Energy {
    @Override
    public Tensor energy(Tensor x, Weights weights) {
      return x.square().sumPerRow().mul(0.5);
    }

    @Override
    public Optional<EnergyScript.Expressions> script(EnergyScript script, Weights weights) {
      return Optional.of(new EnergyScript.Expressions(energy, gradient));
    }
  }

  @Test
  void scriptThatIsAnotherEnergyIsRefused() {
    String energy = "torch.mul(torch.sum(torch.square(x), [1]), 0.5)";
    EnergyCheck.check(new Scripted(energy, "torch.mul(x, 1.)"), new long[] {2}, 3);
    assertThatThrownBy(
            () ->
                EnergyCheck.check(
                    new Scripted("torch.sum(x, [1])", "torch.mul(x, 1.)"), new long[] {2}, 3))
        .isInstanceOf(UnfitEnergyException.class)
        .hasMessageContaining("has a script that returns the energies");
    assertThatThrownBy(
            () -> EnergyCheck.check(new Scripted(energy, "torch.neg(x)"), new long[] {2}, 3))
        .isInstanceOf(UnfitEnergyException.class)
        .hasMessageContaining("script's gradient in x that disagrees");
    assertThatThrownBy(
            () -> EnergyCheck.check(new Scripted(energy, "torch.nonsense(x)"), new long[] {2}, 3))
        .isInstanceOf(UnfitEnergyException.class)
        .hasMessageContaining("does not load");
  }

  @Test
  void energyWithTheWrongShapeIsRefused() {
    refused(Tensor::square, "must return one number per row: shape [3]", "got [3, 2]");
    refused(x -> x.square().sum(), "must return one number per row", "got []");
    refused(
        x -> x.size(0) == 1 ? x.square().sum() : x.square().sumPerRow(),
        "must return one number per row: shape [1] for a batch of 1",
        "got []");
    refused(
        x -> x.square().sumPerRow().mul((double) x.size(0)),
        "gives a row the energy",
        "it must not depend on the batch");
  }

  @Test
  void energyThatIsNotFiniteIsRefused() {
    refused(x -> x.abs().neg().log().sumPerRow(), "is NaN on a row");
  }

  /** Whose slope at 0 is none, though its value is 0. */
  @Test
  void gradientThatIsNotFiniteIsRefused() {
    refused(
        x -> x.square().sumPerRow().add(x.sub(x).square().sumPerRow().sqrt()),
        "has a gradient in x that is NaN where its energies are finite");
  }

  @Test
  void energyThatDrawsItsOwnRandomNumbersIsRefused() {
    Random random = new Random(1);
    refused(
        x -> x.square().sumPerRow().mul(1 + random.nextDouble()),
        "returns another energy for the same rows when it is asked again");
  }

  @Test
  void energyThatDoesNotDependOnRowsDifferentiablyIsRefused() {
    refused(x -> x.detach().square().sumPerRow(), "is not differentiable");
  }

  @Test
  void energyThatCouplesTheRowsOfABatchIsRefused() {
    refused(
        x -> x.sub(x.sum(0).div(3).reshape(1, 2)).square().sumPerRow(),
        "lets rows of a batch affect each other");
  }

  @Test
  void energyWithAWrongGradientOfItsOwnIsRefused() {
    Energy wrong =
        new AnalyticEnergy() {
          @Override
          public Tensor energy(Tensor x) {
            return x.square().sumPerRow();
          }

          @Override
          public Tensor gradient(Tensor x, Weights weights) {
            return x; // half of the truth
          }
        };
    assertThatThrownBy(() -> EnergyCheck.check(wrong, new long[] {2}, 0))
        .isInstanceOf(UnfitEnergyException.class)
        .hasMessageContaining("own gradient in x that disagrees with finite differences");
  }

  /** Half of a network's way back is as wrong as none. */
  private record Halved(Mlp network, boolean halved) implements Energy {
    @Override
    public ParameterLayout parameters(long... shape) {
      return network.parameters(shape);
    }

    @Override
    public Tensor energy(Tensor x, Weights weights) {
      return network.energy(x, weights);
    }

    @Override
    public Score score(Tensor x, Weights weights) {
      Score exact = network.score(x, weights);
      return new Score(
          exact.energies(),
          exact.gradients(),
          (v, gradient) -> exact.pullBack().add(v.mul(halved ? 0.5 : 1), gradient));
    }
  }

  @Test
  void aWrongWayBackToTheParametersIsRefused() {
    Mlp network = new Mlp(List.of(4), Activation.SILU);
    EnergyCheck.check(network, new long[] {2}, 0);
    EnergyCheck.check(new Halved(network, false), new long[] {2}, 0);
    assertThatThrownBy(() -> EnergyCheck.check(new Halved(network, true), new long[] {2}, 0))
        .isInstanceOf(UnfitEnergyException.class)
        .hasMessageContaining("score() of its own that disagrees with automatic differentiation");
  }

  @Test
  void energyThatThrowsIsNamedWithTheShape() {
    refused(x -> x.reshape(5, 5).sumPerRow(), "fails on rows of shape [2]");
  }

  private static void refused(AnalyticEnergy energy, String... parts) {
    assertThatThrownBy(() -> EnergyCheck.check(energy, new long[] {2}, 0))
        .isInstanceOf(UnfitEnergyException.class)
        .hasMessageContainingAll(parts);
  }

  @Test
  void mlpOfTheUserGuideHasItsNumberOfParameters() {
    assertThat(new Mlp(List.of(64, 64), Activation.SELU).parameters(2).size()).isEqualTo(4417);
  }

  @Test
  void convTakesTheUserGuidesDigits() {
    Conv conv =
        new Conv(
            List.of(32, 32, 64, 64, 128, 128), List.of(1, 2, 1, 2, 1, 2), 128, Activation.SELU);
    ParameterLayout layout = conv.parameters(1, 28, 28);
    Parameter head =
        layout.parameters().stream()
            .filter(p -> p.name().equals("energy_head.1.weight"))
            .findFirst()
            .orElseThrow();
    assertThat(head.shape()).containsExactly(128, 128 * 4 * 4);
  }

  @Test
  void gaussianEnergyIsTheQuadraticForm() {
    Gaussian gaussian =
        new Gaussian(List.of(1.0, -1.0), List.of(List.of(2.0, 0.6), List.of(0.6, 1.0)));
    double[] x = {0.3, 0.4};
    double determinant = 2 * 1 - 0.36;
    double a = x[0] - 1;
    double b = x[1] + 1;
    double expected = 0.5 * (a * a * 1 - 2 * 0.6 * a * b + b * b * 2) / determinant;
    try (TensorScope scope = TensorScope.open(Device.cpu(), DataType.FLOAT64)) {
      double energy = gaussian.energy(scope.upload(x, 1, 2)).toDouble();
      assertThat(energy).isCloseTo(expected, org.assertj.core.api.Assertions.within(1e-12));
    }
  }

  @Test
  void singularOrLopsidedCovarianceIsRefused() {
    assertThatThrownBy(
            () -> new Gaussian(List.of(0.0, 0.0), List.of(List.of(1.0, 1.0), List.of(1.0, 1.0))))
        .hasMessageContaining("positive definite");
    assertThatThrownBy(
            () -> new Gaussian(List.of(0.0, 0.0), List.of(List.of(1.0, 0.5), List.of(0.4, 1.0))))
        .hasMessageContaining("symmetric");
    assertThatThrownBy(() -> new Gaussian(List.of(0.0, 0.0), List.of(List.of(1.0))))
        .hasMessageContaining("2 × 2");
  }
}
