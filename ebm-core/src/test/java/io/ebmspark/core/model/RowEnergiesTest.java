package io.ebmspark.core.model;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import io.ebmspark.core.energy.Activation;
import io.ebmspark.core.energy.Energy;
import io.ebmspark.core.energy.Mlp;
import io.ebmspark.core.energy.NoiseLevels;
import io.ebmspark.core.energy.ResidualMlp;
import io.ebmspark.core.energy.Transformer;
import io.ebmspark.core.random.Purpose;
import io.ebmspark.core.random.RandomStream;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class RowEnergiesTest {
  static Stream<Arguments> networks() {
    return Stream.of(
        Arguments.of(new Mlp(List.of(128, 128), Activation.SILU), new long[] {30}),
        Arguments.of(new Mlp(List.of(17, 33), Activation.SELU), new long[] {5}),
        Arguments.of(new Mlp(List.of(65), Activation.TANH), new long[] {1}),
        Arguments.of(new ResidualMlp(19, 2, Activation.GELU), new long[] {13}),
        Arguments.of(new Transformer(16, 2, 1, 20, 2, Activation.GELU), new long[] {3, 2}),
        Arguments.of(new Transformer(12, 3, 2, 7, 2, Activation.GELU), new long[] {5, 3}),
        Arguments.of(
            new NoiseLevels(new Mlp(List.of(21, 19), Activation.SILU), List.of(0.5, 2.0)),
            new long[] {11}),
        Arguments.of(
            new NoiseLevels(new Mlp(List.of(21, 19), Activation.SILU), List.of(0.5, 2.0), 70, true),
            new long[] {11}));
  }

  /** How a table is cut into partitions must not change a bit of a row's energy. */
  @ParameterizedTest
  @MethodSource("networks")
  void aRowsEnergyIsTheSameInAnyCompany(Energy energy, long[] shape) {
    int width = (int) Arrays.stream(shape).reduce(1, (a, b) -> a * b);
    int count = 1_400;
    float[] rows = new float[count * width];
    RandomStream.of(3, Purpose.CHECK, 0).normals(0, 0, rows, 0, rows.length);
    float[] parameters = energy.settled(shape).initialise(5);
    try (RowEnergies open = new RowEnergies(energy, shape, parameters, Device.cpu())) {
      float[] together = open.energies(rows);
      for (int size : new int[] {1, 2, 3, 5, 7, 8, 100, 333, 511, 513}) {
        for (int from : new int[] {0, 1, 6, 509, 800}) {
          float[] part = Arrays.copyOfRange(rows, from * width, (from + size) * width);
          assertThat(open.energies(part))
              .as("%d rows from row %d", size, from)
              .isEqualTo(Arrays.copyOfRange(together, from, from + size));
        }
      }
    }
  }
}
