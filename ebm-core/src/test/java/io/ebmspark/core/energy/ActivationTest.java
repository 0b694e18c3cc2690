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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** An activation is implemented twice: in {@link Activation}, and in the program of a network. */
class ActivationTest {
  private static final Program PROGRAM = Program.load(Mlp.class, "mlp.py");

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
      Tensor found = PROGRAM.call(scope, "mlp_activate", z, name).get(0);
      assertThat(found.toDoubles()).containsExactly(expected.toDoubles(), within(1e-14));
      Tensor above = scope.full(2, points.length);
      double[] slope =
          PROGRAM
              .call(scope, "mlp_activation_backward", above, z.detach(), found.detach(), name)
              .get(0)
              .toDoubles();
      double[] truth = Gradients.of(expected.mul(2), z).toDoubles();
      assertThat(slope).containsExactly(truth, within(1e-13));
    }
  }

  @Test
  void activationThatTheProgramDoesNotKnowFails() {
    try (TensorScope scope = TensorScope.open()) {
      Tensor z = scope.full(1, 3);
      assertThatThrownBy(() -> PROGRAM.call(scope, "mlp_activate", z, "mish"))
          .hasMessageContaining("mlp.py knows no activation named mish");
      assertThatThrownBy(() -> PROGRAM.call(scope, "mlp_activation_backward", z, z, z, "mish"))
          .hasMessageContaining("mlp.py knows no activation named mish");
    }
  }
}
