package io.ebmspark.core.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import io.ebmspark.core.data.RowBlock;
import io.ebmspark.core.energy.Activation;
import io.ebmspark.core.energy.Energy;
import io.ebmspark.core.energy.Mlp;
import io.ebmspark.core.random.Purpose;
import io.ebmspark.core.random.RandomStream;
import io.ebmspark.core.settings.SettingsBinder;
import io.ebmspark.core.settings.SettingsTree;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** A row of weight 2 is two such rows. */
class RowWeightsTest {
  private static final Energy ENERGY = new Mlp(List.of(8), Activation.SILU);
  private static final long[] SHAPE = {2};
  private static final int ROWS = 10;

  /** Without noise of its own, so that two copies of a row have the same loss. */
  private static final TrainingSettings SETTINGS =
      SettingsBinder.bind(
          SettingsTree.parse(
              "weights",
              "{objective: {kind: exact-score-matching}, steps: 3, batchSize: 100, blockRows: 4}"),
          TrainingSettings.class);

  private static float[] rows() {
    float[] values = new float[2 * ROWS];
    RandomStream.of(5, Purpose.CHECK, 0).normals(0, 0, values, 0, values.length);
    return values;
  }

  /** The mean gradient at fresh weights. */
  private static float[] gradient(RowBlock block) {
    GradientWorker worker = new GradientWorker(ENERGY, SHAPE, SETTINGS, block.rows());
    float[] fresh = ENERGY.parameters(SHAPE).initialise(1);
    StepTotal total =
        worker.total(
            new StepRequest(0, 0, fresh, null), 0, List.of(block).iterator(), Device.cpu());
    assertThat(total.rows()).isEqualTo(block.rows());
    float[] sum = total.gradient().clone();
    for (int i = 0; i < sum.length; i++) {
      sum[i] /= block.rows();
    }
    return sum;
  }

  @Test
  void weightsAreCopies() {
    // The first three rows twice; weights with a mean of 1: 20/13 for those and 10/13 for others.
    float[] twice = Arrays.copyOf(rows(), 2 * (ROWS + 3));
    System.arraycopy(rows(), 0, twice, 2 * ROWS, 6);
    float[] weights = new float[ROWS];
    Arrays.fill(weights, 10f / 13);
    Arrays.fill(weights, 0, 3, 20f / 13);
    float[] copied = gradient(new RowBlock(0, 2, twice));
    float[] weighted = gradient(new RowBlock(0, 2, rows(), weights));
    float[] plain = gradient(new RowBlock(0, 2, rows()));
    double apart = 0;
    for (int i = 0; i < copied.length; i++) {
      assertThat(weighted[i]).isCloseTo(copied[i], within(1e-5f * (1 + Math.abs(copied[i]))));
      apart = Math.max(apart, Math.abs(plain[i] - copied[i]));
    }
    assertThat(apart).isGreaterThan(1e-3);
  }

  @Test
  void weightsOfOneChangeNoBit() {
    float[] ones = new float[ROWS];
    Arrays.fill(ones, 1);
    TrainingState weighted = train(new RowBlock(0, 2, rows(), ones), Optional.of(ones));
    TrainingState plain = train(new RowBlock(0, 2, rows()), Optional.empty());
    assertThat(weighted.digest()).isEqualTo(plain.digest());
    ones[4] = 7;
    assertThat(train(new RowBlock(0, 2, rows(), ones), Optional.empty()).digest())
        .isNotEqualTo(plain.digest());
  }

  private static TrainingState train(RowBlock block, Optional<float[]> ofValidation) {
    Validation validation = new Validation(rows(), ofValidation.orElse(null), 1);
    TrainingSettings settings =
        SettingsBinder.bind(
            SettingsTree.parse("weights", "{objective: {kind: exact-score-matching}, steps: 3}")
                .with("validation={every: 1}"),
            TrainingSettings.class);
    return LocalTrainer.train(
        ENERGY,
        SHAPE,
        settings,
        List.of(block),
        m -> {},
        Optional.empty(),
        Optional.of(validation));
  }

  @Test
  void everyRowHasAWeightOrNoneHas() {
    assertThatThrownBy(() -> new RowBlock(0, 2, rows(), new float[ROWS - 1]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("9 weights for 10 rows");
  }
}
