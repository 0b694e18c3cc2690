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
import io.ebmspark.core.objective.LevelInputs;
import io.ebmspark.core.objective.Objective;
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

  private static float[] trained(
      NoiseLevels energy, Objective objective, int steps, int batch, float[] rows, int width) {
    TrainingSettings settings =
        new TrainingSettings(
            objective,
            new Adam(0.9, 0.999, 1e-8),
            new Cosine(5e-3, 1e-4, steps),
            steps,
            batch,
            1,
            Optional.empty(),
            0.99,
            512,
            0);
    List<RowBlock> blocks = List.of(new RowBlock(0, width, rows));
    return LocalTrainer.train(energy, new long[] {width}, settings, blocks, metrics -> {})
        .average();
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
    NoiseLevels keeping = new NoiseLevels(ENERGY.energy(), ENERGY.levels(), 4_096, false);
    assertThat(keeping.rowsToSettle()).isEqualTo(4_096);
    assertThat(ENERGY.rowsToSettle()).isEqualTo(1_024);
    assertThat(new Initialised(keeping, Initialised.Rule.LECUN_NORMAL, 1).rowsToSettle())
        .isEqualTo(4_096);
  }

  /** They would have no medians, and no neighbours, and nobody be told. */
  @Test
  void levelsInsideWhatDoesNotSettleThemAreRefused() {
    EnergyCheck.check(
        new NoiseLevels(new SpectralNorm(ENERGY.energy(), 1), List.of(1.0)), new long[] {2}, 1);
    for (Energy around :
        List.of(
            new SpectralNorm(ENERGY, 1),
            new Scaled(ENERGY, 2, false),
            new Sum(List.of(new Harmonic(1), new Scaled(ENERGY, 2, true))))) {
      assertThatThrownBy(() -> EnergyCheck.check(around, new long[] {2}, 1))
          .isInstanceOf(UnfitEnergyException.class)
          .hasMessageContaining("kind noise-levels is completed by training rows, and not inside");
    }
  }

  @Test
  void equalRowsHaveASpread() {
    float[] settled = ENERGY.settle(ENERGY.parameters(2).initialise(1), new float[20], 2);
    assertThat(settled[settled.length - 1]).isEqualTo(1);
    assertThat(energies(ENERGY, settled, new float[2])).containsExactly(0);
  }

  /** In a short block a matrix product rounds equal rows differently. */
  @Test
  void roundingIsNoSpread() {
    NoiseLevels energy =
        new NoiseLevels(new Mlp(List.of(128, 128), Activation.SILU), ENERGY.levels(), 64, false);
    for (int count = 2; count < 12; count++) {
      float[] row = normals(7, 3);
      float[] rows = new float[7 * count];
      for (int i = 0; i < rows.length; i++) {
        rows[i] = row[i % 7];
      }
      float[] settled = energy.settle(energy.parameters(7).initialise(1), rows, 7);
      int spread = energy.parameters(7).size() + 3;
      assertThat(Arrays.copyOfRange(settled, spread, spread + 3)).containsExactly(1, 1, 1);
    }
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
    float[] trained = trained(ENERGY, new LevelDenoising(), 600, 512, rows, 2);
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
    NoiseLevels with = new NoiseLevels(ENERGY.energy(), ENERGY.levels(), 500, false);
    float[] settled = with.settle(fresh, rows, 2);
    assertThat(settled).startsWith(fresh).hasSize(with.settled(2).size());
    assertThat(energies(ENERGY, ENERGY.settle(fresh, rows, 2), hole)[0]).isLessThan(1);
    assertThat(energies(with, settled, hole)[0]).isGreaterThan(5);
    float[] usual = energies(with, settled, rows);
    Arrays.sort(usual);
    assertThat(usual[950]).isLessThan(5);
  }

  /** Its verdict, standardised as the others' are, counts twice. */
  @Test
  void theDiscrepancyIsOneMoreVerdict() {
    NoiseLevels with = new NoiseLevels(ENERGY.energy(), ENERGY.levels(), 300, true);
    NoiseLevels without = new NoiseLevels(ENERGY.energy(), ENERGY.levels(), 300, false);
    float[] rows = normals(4_000, 13);
    float[] fresh = with.parameters(2).initialise(1);
    float[] levels = Arrays.copyOf(fresh, without.parameters(2).size());
    float[] settled = with.settle(fresh, rows, 2);
    float[] beside;
    try (TensorScope scope = TensorScope.open()) {
      Tensor flat = scope.upload(fresh, fresh.length);
      NoiseLevels.Prepared prepared = with.prepare(Weights.of(with.parameters(2), flat));
      beside =
          prepared
              .discrepancy()
              .orElseThrow()
              .value(scope.upload(rows, rows.length / 2, 2))
              .toFloats();
    }
    float[] sorted = beside.clone();
    Arrays.sort(sorted);
    float[] strictest = energies(without, without.settle(levels, rows, 2), rows);
    float[] all = energies(with, settled, rows);
    for (int row = 0; row < all.length; row++) {
      float verdict = 2 * (beside[row] - sorted[1_000]) / (sorted[1_500] - sorted[500]);
      assertThat(all[row]).isCloseTo(Math.max(strictest[row], verdict), within(1e-3f));
    }
    assertThat(strictest).isNotEqualTo(all);
  }

  /**
   * Two columns of four levels that always agree: where they do not, the row is unusual, and more
   * clearly so to the discrepancy than to the levels of noise.
   */
  @Test
  void theDiscrepancyLearnsWhichLevelsBelongTogether() {
    int count = 2_000;
    float[] rows = new float[8 * count];
    float[] mixed = new float[8 * count];
    RandomStream random = RandomStream.of(3, Purpose.CHECK, 0);
    for (int row = 0; row < count; row++) {
      int first = (int) (4 * random.uniform(row, 0));
      int other = (first + 1 + (int) (3 * random.uniform(row, 1))) % 4;
      rows[8 * row + first] = rows[8 * row + 4 + first] = 2;
      mixed[8 * row + first] = mixed[8 * row + 4 + other] = 2;
    }
    List<Double> off = List.of(0.0, 0.0, 0.0, 0.0);
    List<Double> on = List.of(2.0, 2.0, 2.0, 2.0);
    Objective objective =
        new LevelDenoising().on(List.of(new LevelInputs(0, off, on), new LevelInputs(4, off, on)));
    NoiseLevels energy = new NoiseLevels(ENERGY.energy(), ENERGY.levels(), 0, true);
    float[] trained = trained(energy, objective, 300, 256, rows, 8);
    try (TensorScope scope = TensorScope.open()) {
      NoiseLevels.Prepared prepared =
          energy.prepare(Weights.of(energy.parameters(8), scope.upload(trained, trained.length)));
      Tensor usual = scope.upload(rows, count, 8);
      Tensor unusual = scope.upload(mixed, count, 8);
      PreparedEnergy beside = prepared.discrepancy().orElseThrow();
      assertThat(gap(beside, usual, unusual)).isGreaterThan(2);
      assertThat(gap(prepared.level(1), usual, unusual)).isLessThan(1);
    }
  }

  /** By how much the lowest energy of some rows is above the highest of others. */
  private static double gap(PreparedEnergy energy, Tensor below, Tensor above) {
    double[] low = energy.value(below).toDoubles();
    double[] high = energy.value(above).toDoubles();
    return Arrays.stream(high).min().orElseThrow() - Arrays.stream(low).max().orElseThrow();
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
    assertThatThrownBy(() -> new NoiseLevels(new Harmonic(1), List.of(1.0), 1, false))
        .hasMessageContaining("neighbours must be 0 or at least 2, got 1");
  }
}
