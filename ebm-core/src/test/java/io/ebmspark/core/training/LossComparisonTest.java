package io.ebmspark.core.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.ebmspark.core.data.RowBlock;
import io.ebmspark.core.energy.Activation;
import io.ebmspark.core.energy.Energy;
import io.ebmspark.core.energy.Mlp;
import io.ebmspark.core.random.Purpose;
import io.ebmspark.core.random.RandomStream;
import io.ebmspark.core.settings.SettingsBinder;
import io.ebmspark.core.settings.SettingsTree;
import io.ebmspark.core.synthetic.TwoMoons;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LossComparisonTest {
  private static final long[] SHAPE = {2};
  private static final Energy ENERGY = new Mlp(List.of(32, 32), Activation.SILU);

  private static TrainingSettings settings(String objective, int steps, int rows) {
    String yaml =
        "{objective: %s, steps: %d, batchSize: %d, learningRate: 3e-3, averageDecay: 0.9}";
    return SettingsBinder.bind(
        SettingsTree.parse("training", yaml.formatted(objective, steps, rows)),
        TrainingSettings.class);
  }

  private static Optional<LossComparison> compare(
      TrainingSettings settings, float[] parameters, float[] rows) {
    long[] indices = LongStream.range(0, rows.length / 2).toArray();
    return LossComparison.of(ENERGY, SHAPE, settings, parameters, rows, indices);
  }

  /** Before the first step, and with all rows in the batch, they are what a step measures. */
  @Test
  void lossesAreThoseOfAStepOnTheSameRowsAndNoise() {
    float[] rows = new TwoMoons(0.05).rows(700, 1);
    TrainingSettings settings = settings("{kind: denoising-score-matching, noise: 0.4}", 1, 700);
    List<Double> losses = new ArrayList<>();
    LocalTrainer.train(
        ENERGY, SHAPE, settings, List.of(new RowBlock(0, 2, rows)), m -> losses.add(m.loss()));
    float[] initial = ENERGY.parameters(SHAPE).initialise(settings.seed());
    LossComparison comparison = compare(settings, initial, rows).orElseThrow();
    assertThat(comparison.untrained()).isCloseTo(losses.get(0), within(1e-9));
    assertThat(comparison.trained()).isEqualTo(comparison.untrained());
    assertThat(comparison.rows()).isEqualTo(700);
  }

  /**
   * For normal data of variance s², the Gaussian's least loss under noise τ is ½·d·(1/τ² − 1/(s² +
   * τ²)).
   */
  @Test
  void theGaussianOfNormalDataIsAsGoodAsCanBe() {
    float[] rows = new float[2 * 2_000];
    RandomStream.of(3, Purpose.CHECK, 0).normals(0, 0, rows, 0, rows.length);
    double noise = 0.5;
    TrainingSettings settings = settings("{kind: denoising-score-matching, noise: 0.5}", 1, 100);
    float[] initial = ENERGY.parameters(SHAPE).initialise(settings.seed());
    LossComparison comparison = compare(settings, initial, rows).orElseThrow();
    double least = 1 / (noise * noise) - 1 / (1 + noise * noise);
    // Standard error of the mean of ½‖n/τ²‖² over 2 000 rows: 4/√2000 = 0.09.
    assertThat(comparison.gaussian().orElseThrow()).isCloseTo(least, within(0.3));
    assertThat(comparison.untrained()).isGreaterThan(least + 0.4);
    assertThat(comparison.describe())
        .startsWith("loss ")
        .contains(", of the untrained energy ", ", of a Gaussian ")
        .endsWith(" (on 2000 rows, with the same noise)");
  }

  @Test
  void trainingOnMoonsBeatsTheUntrainedEnergyAndTheGaussian() {
    float[] rows = new TwoMoons(0.05).rows(500, 1);
    TrainingSettings settings = settings("{kind: denoising-score-matching, noise: 0.2}", 400, 500);
    TrainingState state =
        LocalTrainer.train(ENERGY, SHAPE, settings, List.of(new RowBlock(0, 2, rows)), m -> {});
    LossComparison comparison = compare(settings, state.average(), rows).orElseThrow();
    assertThat(comparison.trained())
        .isLessThan(comparison.gaussian().orElseThrow())
        .isLessThan(comparison.untrained());
    assertThat(comparison.gaussian().orElseThrow()).isLessThan(comparison.untrained());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{kind: contrastive-divergence}",
        "{kind: short-run, steps: 2}",
        "{kind: persistent-contrastive-divergence}",
        "{kind: gradient-penalty, objective: {kind: contrastive-divergence}, weight: 0.1}"
      })
  void aContrastOfAnEnergyWithItselfIsNotCompared(String objective) {
    float[] rows = new TwoMoons(0.05).rows(50, 1);
    float[] initial = ENERGY.parameters(SHAPE).initialise(0);
    assertThat(compare(settings(objective, 10, 50), initial, rows)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{kind: sliced-score-matching}",
        "{kind: exact-score-matching}",
        "{kind: hutchinson-score-matching}",
        "{kind: multi-scale-denoising}",
        "{kind: energy-discrepancy}",
        "{kind: noise-contrastive-estimation}"
      })
  void otherLossesAreComparedAndScoreMatchingWithAGaussianToo(String objective) {
    float[] rows = new TwoMoons(0.05).rows(50, 1);
    float[] initial = ENERGY.parameters(SHAPE).initialise(0);
    LossComparison comparison = compare(settings(objective, 10, 50), initial, rows).orElseThrow();
    assertThat(comparison.trained()).isFinite();
    boolean matchesScores = objective.contains("matching") || objective.contains("denoising");
    assertThat(comparison.gaussian().isPresent()).isEqualTo(matchesScores);
  }
}
