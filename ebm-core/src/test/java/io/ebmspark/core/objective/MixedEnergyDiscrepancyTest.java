package io.ebmspark.core.objective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.types.DataType;
import io.ebmspark.core.energy.Energy;
import io.ebmspark.core.energy.Initializer;
import io.ebmspark.core.energy.Parameter;
import io.ebmspark.core.energy.ParameterLayout;
import io.ebmspark.core.energy.Weights;
import io.ebmspark.core.engine.Tensor;
import io.ebmspark.core.engine.TensorScope;
import io.ebmspark.core.random.Purpose;
import io.ebmspark.core.random.RandomStream;
import io.ebmspark.core.sampler.ChainNoise;
import io.ebmspark.core.settings.BadSettingException;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class MixedEnergyDiscrepancyTest {
  private static final int ROWS = 20_000;
  private static final long[] INDICES = LongStream.range(0, ROWS).toArray();

  /** Numbers at 0 and 4; three levels at 1 to 3, off at different values; a single input at 5. */
  private static final LevelInputs THREE =
      new LevelInputs(1, List.of(-0.5, -0.25, -0.1), List.of(1.0, 2.0, 3.0));

  private static final LevelInputs ONE = new LevelInputs(5, List.of(-0.2), List.of(5.0));
  private static final int WIDTH = 6;

  /** All at the first level of three, and off. */
  private static float[] rows() {
    float[] rows = new float[ROWS * WIDTH];
    for (int i = 0; i < ROWS; i++) {
      THREE.write(0, rows, i * WIDTH);
      ONE.write(1, rows, i * WIDTH);
      rows[i * WIDTH + 4] = 7;
    }
    return rows;
  }

  @Test
  void columnsOfLevelsMoveToLevelsAndNumbersByNoise() {
    MixedEnergyDiscrepancy objective =
        new MixedEnergyDiscrepancy(0.25, 0.3, 16, 1, List.of(THREE, ONE));
    ChainNoise noise = ChainNoise.of(1, Purpose.DATA_NOISE, 0, INDICES);
    float[] moved = objective.perturbed(rows(), noise, 2);
    int[] levels = new int[3];
    int on = 0;
    double[] sums = new double[2];
    double[] squares = new double[2];
    double both = 0;
    for (int i = 0; i < ROWS; i++) {
      int row = i * WIDTH;
      int level = moved[row + 1] > 0 ? 0 : moved[row + 2] > 0 ? 1 : 2;
      levels[level]++;
      float[] expected = new float[WIDTH];
      THREE.write(level, expected, 0);
      assertThat(moved[row + 1]).isEqualTo(expected[1]);
      assertThat(moved[row + 2]).isEqualTo(expected[2]);
      assertThat(moved[row + 3]).isEqualTo(expected[3]);
      assertThat(moved[row + 5]).isIn(-0.2f, 5f);
      boolean isOn = moved[row + 5] > 0;
      on += isOn ? 1 : 0;
      double[] numbers = {moved[row], moved[row + 4] - 7};
      for (int k = 0; k < 2; k++) {
        sums[k] += numbers[k];
        squares[k] += numbers[k] * numbers[k];
      }
      both += numbers[0] * (isOn ? 1 : 0) + numbers[1] * (level == 0 ? 0 : 1);
    }
    // Four standard errors of a count and of a normal's moments.
    assertThat(levels[1]).isCloseTo(ROWS / 10, within((int) (4 * Math.sqrt(ROWS * 0.1 * 0.9))));
    assertThat(levels[2]).isCloseTo(ROWS / 10, within((int) (4 * Math.sqrt(ROWS * 0.1 * 0.9))));
    assertThat(on).isCloseTo(ROWS * 3 / 20, within((int) (4 * Math.sqrt(ROWS * 0.15 * 0.85))));
    for (int k = 0; k < 2; k++) {
      assertThat(sums[k] / ROWS).isCloseTo(0, within(4 * 0.5 / Math.sqrt(ROWS)));
      assertThat(squares[k] / ROWS).isCloseTo(0.25, within(4 * 0.25 * Math.sqrt(2.0 / ROWS)));
    }
    assertThat(both / ROWS).as("noise goes with a jump").isCloseTo(0, within(0.02));
  }

  /**
   * At E = −log p of the data's own frequencies the loss is flat; too high an energy of a level
   * slopes up, too low a one down. With M = 64 negatives and w = 1 the loss's own bias is of the
   * order of 1/M, the Monte-Carlo error below .01.
   */
  @Test
  void leastAtTheFrequenciesOfTheLevels() {
    double[] frequencies = {0.6, 0.3, 0.1};
    double[] own = {-Math.log(0.6), -Math.log(0.3), -Math.log(0.1)};
    for (double slope : slopes(frequencies, own)) {
      assertThat(slope).isCloseTo(0, within(0.02));
    }
    double[] flat = slopes(frequencies, new double[] {1, 1, 1});
    assertThat(flat[0]).isGreaterThan(0.05);
    assertThat(flat[2]).isLessThan(-0.05);
  }

  /** The derivative of the mean loss in the energy of each level, for rows of one column. */
  private static double[] slopes(double[] frequencies, double[] energies) {
    LevelInputs column = new LevelInputs(0, List.of(0.0, 0.0, 0.0), List.of(1.0, 1.0, 1.0));
    float[] rows = new float[ROWS * 3];
    for (int i = 0; i < ROWS; i++) {
      double chance = RandomStream.of(5, Purpose.CHECK, 0).uniform(i, 0);
      int level = chance < frequencies[0] ? 0 : chance < frequencies[0] + frequencies[1] ? 1 : 2;
      column.write(level, rows, i * 3);
    }
    Energy table =
        new Energy() {
          @Override
          public ParameterLayout parameters(long... shape) {
            return ParameterLayout.of(
                new Parameter("level", new long[] {3}, Initializer.constant(0)));
          }

          @Override
          public Tensor energy(Tensor x, Weights weights) {
            return x.mul(weights.get("level")).sumPerRow();
          }
        };
    Objective objective = new MixedEnergyDiscrepancy(0.25, 0.5, 64, 1, List.of(column));
    try (TensorScope scope = TensorScope.open(Device.cpu(), DataType.FLOAT64)) {
      Tensor flat = scope.upload(energies, 3).leaf();
      Batch batch = new Batch(scope.upload(rows, ROWS, 3), INDICES, null, 1, 0);
      Weights weights = Weights.of(table.parameters(3), flat);
      return objective.losses(table.prepare(weights), batch).gradient(flat).div(ROWS).toDoubles();
    }
  }

  @Test
  void columnsThatAreSetAreKept() {
    MixedEnergyDiscrepancy open = new MixedEnergyDiscrepancy(0.25, 0.2, 4, 1, List.of());
    Objective told = open.on(List.of(THREE));
    assertThat(told).isEqualTo(new MixedEnergyDiscrepancy(0.25, 0.2, 4, 1, List.of(THREE)));
    assertThat(told.on(List.of(ONE))).isEqualTo(told);
    assertThat(new GradientPenalty(open, 1).on(List.of(ONE)))
        .isEqualTo(new GradientPenalty(open.on(List.of(ONE)), 1));
  }

  @Test
  void columnsThatOverlapOrReachTooFarAreRefused() {
    LevelInputs within = new LevelInputs(2, List.of(0.0), List.of(1.0));
    assertThatThrownBy(() -> new MixedEnergyDiscrepancy(0.25, 0.2, 4, 1, List.of(THREE, within)))
        .isInstanceOf(BadSettingException.class)
        .hasMessageContaining("must follow one another, got 2 before 4");
    MixedEnergyDiscrepancy objective = new MixedEnergyDiscrepancy(1, 0.2, 4, 1, List.of(ONE));
    ChainNoise noise = ChainNoise.of(1, Purpose.DATA_NOISE, 0, new long[] {0});
    assertThatThrownBy(() -> objective.perturbed(new float[5], noise, 0))
        .hasMessageContaining("reach input 6 of rows of 5");
    assertThatThrownBy(() -> new LevelInputs(0, List.of(0.0), List.of()))
        .hasMessageContaining("one value for each of off");
  }
}
