package io.ebmspark.core.energy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.types.DataType;
import io.ebmspark.core.engine.Gradients;
import io.ebmspark.core.engine.Program;
import io.ebmspark.core.engine.Tensor;
import io.ebmspark.core.engine.TensorScope;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** An activation is implemented twice: in {@link Activation}, and in the programs of networks. */
class ActivationTest {
  private static final Program PROGRAM = Program.compile(Activation.PROGRAM);

  @ParameterizedTest
  @EnumSource(Activation.class)
  void programAgreesWithTheActivationAndItsDerivative(Activation activation) {
    try (TensorScope scope = TensorScope.open(Device.cpu(), DataType.FLOAT64)) {
      // Beyond ±20, where softplus turns linear; 0 itself is a kink of some.
      double[] points = new double[240];
      for (int i = 0; i < points.length; i++) {
        points[i] = -30.1 + 0.25 * i;
      }
      Tensor z = scope.upload(points, points.length).leaf();
      Tensor expected = activation.apply(z);
      String name = activation.programName();
      Tensor found = PROGRAM.call(scope, "activate", z, name).get(0);
      assertThat(found.toDoubles()).containsExactly(expected.toDoubles(), within(1e-14));
      Tensor above = scope.full(2, points.length);
      double[] truth = Gradients.of(expected.mul(2), z).toDoubles();
      for (boolean inPlace : new boolean[] {false, true}) {
        Tensor sums = scope.upload(points, points.length);
        Tensor into = inPlace ? sums : scope.zeros(points.length);
        Tensor slope =
            PROGRAM
                .call(scope, "activation_backward", above, sums, found.detach(), into, name)
                .get(0);
        assertThat(slope.toDoubles()).containsExactly(truth, within(1e-13));
        assertThat(into.toDoubles()).containsExactly(slope.toDoubles());
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Activation.class)
  void derivativesAreThoseOfTheActivation(Activation activation) {
    try (TensorScope scope = TensorScope.open(Device.cpu(), DataType.FLOAT64)) {
      double[] points = new double[61]; // 0 is between two
      for (int i = 0; i < points.length; i++) {
        points[i] = -6.1 + 0.2 * i;
      }
      Tensor z = scope.upload(points, points.length).leaf();
      List<Tensor> found =
          PROGRAM.call(scope, "activation_derivatives", z.detach(), activation.programName(), true);
      Tensor expected = activation.apply(z);
      for (int order = 0; order <= 3; order++) {
        assertThat(found.get(order).toDoubles())
            .as("derivative %d", order)
            .containsExactly(expected.toDoubles(), within(1e-12));
        if (order < 3) {
          expected = Gradients.differentiable(expected, z);
        }
      }
    }
  }

  @Test
  void activationThatTheProgramDoesNotKnowFails() {
    try (TensorScope scope = TensorScope.open()) {
      Tensor z = scope.full(1, 3);
      assertThatThrownBy(() -> PROGRAM.call(scope, "activate", z, "mish"))
          .hasMessageContaining("activation.py knows no activation named mish");
      assertThatThrownBy(() -> PROGRAM.call(scope, "activation_backward", z, z, z, z, "mish"))
          .hasMessageContaining("activation.py knows no activation named mish");
    }
  }
}
