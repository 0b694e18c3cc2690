package io.ebmspark.core.energy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import io.ebmspark.core.data.RowBlock;
import io.ebmspark.core.engine.Tensor;
import io.ebmspark.core.engine.TensorScope;
import io.ebmspark.core.model.RowEnergies;
import io.ebmspark.core.objective.Batch;
import io.ebmspark.core.objective.LevelDenoising;
import io.ebmspark.core.optimizer.Adam;
import io.ebmspark.core.random.Purpose;
import io.ebmspark.core.random.RandomStream;
import io.ebmspark.core.schedule.Cosine;
import io.ebmspark.core.settings.BadSettingException;
import io.ebmspark.core.training.LocalTrainer;
import io.ebmspark.core.training.TrainingSettings;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class NoiseLevelsTest {
  private static final NoiseLevels ENERGY =
      new NoiseLevels(new Mlp(List.of(16, 16), Activation.SILU), List.of(0.3, 2.0));

  private static float[] normals(int count, long seed) {
    float[] values = new float[count];
    RandomStream.of(seed, Purpose.CHECK, 0).normals(0, 0, values, 0, count);
    return values;
  }

  private static float[] levelEnergies(float[] parameters, float[] rows, int level) {
    try (TensorScope scope = TensorScope.open()) {
      ParameterLayout layout = ENERGY.parameters(2);
      Tensor flat = scope.upload(parameters, layout.size());
      NoiseLevels.Prepared prepared = ENERGY.prepare(Weights.of(layout, flat));
      return prepared.level(level).value(scope.upload(rows, rows.length / 2, 2)).toFloats();
    }
  }

  private static float[] energies(NoiseLevels energy, float[] parameters, float[] rows) {
    try (RowEnergies open = new RowEnergies(energy, new long[] {2}, parameters, Device.cpu())) {
      return open.energies(rows);
    }
  }

  /** The rows' own median is 0 and their quartiles are 1 apart, at each level. */
  @Test
  void everyLevelIsStandardised() {
    float[] rows = normals(4_000, 5);
    float[] fresh = ENERGY.parameters(2).initialise(1);
    float[] settled = ENERGY.settle(fresh, rows, 2);
    float[][] levels = new float[2][];
    int at = fresh.length;
    for (int level = 0; level < 2; level++) {
      float[] sorted = levelEnergies(fresh, rows, level);
      Arrays.sort(sorted);
      assertThat(settled[at + level]).isEqualTo(sorted[1_000]);
      assertThat(settled[at + 2 + level]).isEqualTo(sorted[1_500] - sorted[500]);
      levels[level] = levelEnergies(fresh, rows, level);
    }
    float[] combined = energies(ENERGY, settled, rows);
    for (int row = 0; row < combined.length; row++) {
      float first = (levels[0][row] - settled[at]) / settled[at + 2];
      float second = (levels[1][row] - settled[at + 1]) / settled[at + 3];
      assertThat(combined[row]).isCloseTo(Math.max(first, second), within(1e-4f));
    }
    assertThat(settled).startsWith(fresh);
  }

  /** As many rows as are kept, and a thousand to measure by; also under another initialisation. */
  @Test
  void asksForTheRowsItIsSettledOn() {
    NoiseLevels keeping = new NoiseLevels(ENERGY.energy(), ENERGY.levels(), 4_096);
    assertThat(keeping.rowsToSettle()).isEqualTo(4_096);
    assertThat(ENERGY.rowsToSettle()).isEqualTo(1_024);
    assertThat(new Initialised(keeping, Initialised.Rule.LECUN_NORMAL, 1).rowsToSettle())
        .isEqualTo(4_096);
  }

  @Test
  void equalRowsHaveASpread() {
    float[] settled = ENERGY.settle(ENERGY.parameters(2).initialise(1), new float[20], 2);
    assertThat(settled[settled.length - 1]).isEqualTo(1);
    assertThat(energies(ENERGY, settled, new float[2])).containsExactly(0);
  }

  /**
   * Each level learns the density of the rows under its own noise: for normal rows of variance v,
   * {@code ∇E(x) = x/(v + τ²)}.
   */
  @Test
  void everyLevelLearnsTheDensityUnderItsNoise() {
    float[] rows = normals(2 * 4_096, 7);
    for (int i = 0; i < rows.length; i++) {
      rows[i] *= 0.5f;
    }
    TrainingSettings settings =
        new TrainingSettings(
            new LevelDenoising(),
            new Adam(0.9, 0.999, 1e-8),
            new Cosine(5e-3, 1e-4, 600),
            600,
            512,
            1,
            Optional.empty(),
            0.99,
            512,
            0);
    List<RowBlock> blocks = List.of(new RowBlock(0, 2, rows));
    float[] trained =
        LocalTrainer.train(ENERGY, new long[] {2}, settings, blocks, metrics -> {}).average();
    try (TensorScope scope = TensorScope.open()) {
      ParameterLayout layout = ENERGY.parameters(2);
      NoiseLevels.Prepared prepared =
          ENERGY.prepare(Weights.of(layout, scope.upload(trained, layout.size())));
      float[] points = {0.4f, 0, 0, -0.4f, 0.5f, 0.3f, -0.2f, 0.6f};
      Tensor x = scope.upload(points, 4, 2);
      for (int level = 0; level < 2; level++) {
        double tau = ENERGY.levels().get(level);
        float[] gradient = prepared.level(level).gradient(x).toFloats();
        for (int i = 0; i < points.length; i++) {
          assertThat((double) gradient[i])
              .as("level %d, element %d", level, i)
              .isCloseTo(points[i] / (0.25 + tau * tau), within(0.12 / (tau * tau + 0.25) * 0.5));
        }
      }
    }
  }

  /** Wherever the networks lead, rows far away are unusual. */
  @Test
  void farRowsAreFar() {
    float[] rows = normals(2_000, 9);
    float[] settled = ENERGY.settle(ENERGY.parameters(2).initialise(3), rows, 2);
    float[] far = energies(ENERGY, settled, new float[] {0, 0, 30, 0, 0, -300, 3e3f, 3e3f});
    assertThat(far[1]).isGreaterThan(20 + far[0]);
    assertThat(far[2]).isGreaterThan(far[1]);
    assertThat(far[3]).isGreaterThan(far[2]);
  }

  /** A hole in the data that the levels cannot see is seen by the neighbours. */
  @Test
  void theNeighboursAreOneMoreVerdict() {
    float[] rows = normals(2_000, 11);
    for (int i = 0; i < rows.length; i += 2) {
      double length = Math.hypot(rows[i], rows[i + 1]);
      rows[i] *= (float) ((1 + 0.02 * length) / length);
      rows[i + 1] *= (float) ((1 + 0.02 * length) / length);
    }
    float[] fresh = ENERGY.parameters(2).initialise(3);
    float[] hole = {0, 0};
    NoiseLevels with = new NoiseLevels(ENERGY.energy(), ENERGY.levels(), 500);
    float[] settled = with.settle(fresh, rows, 2);
    assertThat(settled).startsWith(fresh).hasSize(with.settled(2).size());
    assertThat(energies(ENERGY, ENERGY.settle(fresh, rows, 2), hole)[0]).isLessThan(1);
    assertThat(energies(with, settled, hole)[0]).isGreaterThan(5);
    float[] usual = energies(with, settled, rows);
    Arrays.sort(usual);
    assertThat(usual[950]).isLessThan(5);
  }

  @Test
  void anotherEnergyIsRefusedWithWhatToChoose() {
    try (TensorScope scope = TensorScope.open()) {
      Energy plain = new Harmonic(1);
      PreparedEnergy prepared =
          plain.prepare(Weights.of(plain.parameters(2), scope.upload(new float[0], 0)));
      Tensor x = scope.upload(new float[2], 1, 2);
      assertThatThrownBy(
              () -> new LevelDenoising().losses(prepared, new Batch(x, new long[1], null, 0, 0)))
          .isInstanceOf(BadSettingException.class)
          .hasMessageContaining("noise-levels")
          .hasMessageContaining("denoising-score-matching");
    }
    assertThatThrownBy(() -> new NoiseLevels(new Harmonic(1), List.of(1.0, 0.5)))
        .hasMessageContaining("must increase");
    assertThatThrownBy(() -> new NoiseLevels(new Harmonic(1), List.of(1.0), 1))
        .hasMessageContaining("neighbours must be 0 or at least 2, got 1");
  }
}
