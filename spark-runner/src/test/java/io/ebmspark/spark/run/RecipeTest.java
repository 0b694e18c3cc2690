package io.ebmspark.spark.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ebmspark.core.data.Shapes;
import io.ebmspark.core.energy.Activation;
import io.ebmspark.core.energy.Conv;
import io.ebmspark.core.energy.Initialised;
import io.ebmspark.core.energy.Mlp;
import io.ebmspark.core.energy.NoiseLevels;
import io.ebmspark.core.objective.DenoisingScoreMatching;
import io.ebmspark.core.objective.LevelDenoising;
import io.ebmspark.core.objective.LevelInputs;
import io.ebmspark.core.schedule.Cosine;
import io.ebmspark.core.settings.Partial;
import io.ebmspark.core.settings.SettingsBinder;
import io.ebmspark.core.settings.SettingsException;
import io.ebmspark.core.settings.SettingsTree;
import io.ebmspark.core.training.TrainingSettings;
import io.ebmspark.spark.data.shards.ShardRule;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class RecipeTest {
  private static final String REST =
      "data: {source: {path: rows, format: parquet}}\noutput: {model: model}\n";

  private static TrainJob job(String text) {
    return SettingsBinder.bind(SettingsTree.parse("job.yaml", REST + text), TrainJob.class);
  }

  private static Recipe recipe(String text, long rows, long... shape) {
    return recipe(text, List.of(), rows, shape);
  }

  private static Recipe recipe(String text, List<LevelInputs> levels, long rows, long... shape) {
    TrainJob job = job(text);
    return Recipe.of(
        job.energy(),
        job.training(),
        new Recipe.Table(
            rows, shape, ShardRule.FROM_TABLE.shards(rows, Shapes.width(shape)), levels));
  }

  /** Numbers alone, missing ones too, need none; and whoever names an energy has that energy. */
  @Test
  void whichValuesOfTextBelongTogetherIsLearntWhereThereIsText() {
    LevelInputs missing = new LevelInputs(3, List.of(0.0), List.of(1.0));
    LevelInputs text = new LevelInputs(4, List.of(0.0, 0.0), List.of(1.0, 1.0));
    assertThat(((NoiseLevels) recipe("", List.of(missing), 90, 8).energy()).discrepancy())
        .isFalse();
    Recipe mixed = recipe("", List.of(missing, text), 90, 8);
    assertThat(((NoiseLevels) mixed.energy()).discrepancy()).isTrue();
    assertThat(mixed.training().objective())
        .isEqualTo(new LevelDenoising().on(List.of(missing, text)));
    assertThat(String.join("\n", mixed.choices())).contains("which values of text belong together");
    Recipe named = recipe("energy: {kind: noise-levels}\n", List.of(text), 90, 8);
    assertThat(((NoiseLevels) named.energy()).discrepancy()).isFalse();
  }

  @Test
  void aJobNeedsOnlyDataAndAnOutput() {
    Recipe recipe = recipe("", 5_000, 10);
    assertThat(recipe.energy())
        .isEqualTo(
            new NoiseLevels(
                new Initialised(
                    new Mlp(List.of(128, 128), Activation.SILU), Initialised.Rule.LECUN_NORMAL, 1),
                List.of(0.1, 0.6, 2.0, 4.0),
                4_096,
                false));
    TrainingSettings training = recipe.training();
    assertThat(training.objective()).isEqualTo(new LevelDenoising());
    assertThat(training.steps()).isEqualTo(2_000);
    assertThat(training.batchSize()).isEqualTo(256);
    assertThat(training.learningRate()).isEqualTo(new Cosine(2e-3, 2e-5, 2_000));
    assertThat(String.join("\n", recipe.choices()))
        .contains(
            "noise-levels", "mlp [128, 128]", "lecun-normal", "2000, from 5000 rows", "cosine");
  }

  @Test
  void choicesFollowFromTheTable() {
    assertThat(recipe("", 1_000_000, 10).training().steps()).isEqualTo(20_000);
    assertThat(recipe("", 40_000, 10).training().steps()).isEqualTo(4_000);
    assertThat(recipe("", 1_000_000, 10).training().batchSize()).isEqualTo(1_024);
    assertThat(((NoiseLevels) recipe("", 90, 500).energy()).neighbours()).isEqualTo(90);
    assertThat(((NoiseLevels) recipe("", 5_000, 500).energy()).neighbours()).isEqualTo(2_000);
    Mlp wide = new Mlp(List.of(256, 256), Activation.SILU);
    assertThat(((NoiseLevels) recipe("", 499, 500).energy()).energy()).isEqualTo(wide);
    assertThat(((NoiseLevels) recipe("", 500, 500).energy()).energy())
        .isEqualTo(new Initialised(wide, Initialised.Rule.LECUN_NORMAL, 1));
    assertThat(((NoiseLevels) recipe("", 90, 1, 28, 28).energy()).energy())
        .isInstanceOf(Conv.class);
    assertThatThrownBy(() -> recipe("", 90, 20, 3))
        .isInstanceOf(SettingsException.class)
        .hasMessageContaining("[20, 3]")
        .hasMessageContaining("transformer");
  }

  @Test
  void shardsOfALargeTableFollowFromItAndTheBatchFromThem() {
    assertThat(recipe("", 2_000_000, 32).training().shards()).isEqualTo(2);
    assertThat(recipe("", 2_000_000, 32).choices()).noneMatch(text -> text.contains("shards"));
    Recipe large = recipe("", 10_000_000, 32);
    assertThat(large.training().shards()).isEqualTo(16);
    assertThat(large.training().batchSize()).isEqualTo(1_024);
    assertThat(large.choices())
        .anyMatch(text -> text.startsWith("training.shards: 16, from 10000000 rows of 32 values"));
    Recipe huge = recipe("", 100_000_000, 32);
    assertThat(huge.training().shards()).isEqualTo(128);
    assertThat(huge.training().batchSize()).isEqualTo(4_096);
    assertThat(huge.choices()).contains("training.batchSize: 4096, 32 rows a shard");

    Recipe said = recipe("training: {shards: 64, batchSize: 100}", 100_000_000, 32);
    assertThat(said.training().shards()).isEqualTo(64);
    assertThat(said.training().batchSize()).isEqualTo(100);
    String objective = "training: {objective: {kind: denoising-score-matching}}";
    assertThat(recipe(objective, 100_000_000, 32).training().shards()).isEqualTo(128);
    assertThat(recipe(objective, 100_000_000, 32).training().batchSize()).isEqualTo(512);
  }

  @Test
  void whatIsSaidStays() {
    Recipe recipe = recipe("training: {steps: 300, seed: 4}", 5_000, 10);
    assertThat(recipe.training().steps()).isEqualTo(300);
    assertThat(recipe.training().seed()).isEqualTo(4);
    assertThat(recipe.training().learningRate()).isEqualTo(new Cosine(2e-3, 2e-5, 300));
    assertThat(recipe.choices()).noneMatch(text -> text.startsWith("training.steps"));

    Recipe plain = recipe("energy: {kind: mlp, hidden: [8]}", 5_000, 10);
    assertThat(plain.energy()).isEqualTo(new Mlp(List.of(8), Activation.SILU));
    assertThat(plain.training().objective()).isInstanceOf(DenoisingScoreMatching.class);
  }

  /** What was written before jobs could leave anything open means what it did. */
  @Test
  void aJobThatNamesItsObjectiveHasTheOrdinaryDefaults() {
    String objective = "training: {objective: {kind: denoising-score-matching}}";
    Recipe recipe = recipe(objective + "\nenergy: {kind: mlp}", 5_000, 10);
    assertThat(recipe.training()).isEqualTo(job(objective).training().provisional());
    assertThat(recipe.choices()).isEmpty();
    assertThat(recipe(objective, 5_000, 10).energy()).isInstanceOf(Mlp.class);
  }

  @Test
  void aResolvedJobLeavesNothingOpen() {
    TrainJob job = job("");
    Recipe recipe = recipe("", 5_000, 10);
    TrainJob resolved = job.with(recipe);
    assertThat(resolved.energy()).isEqualTo(Optional.of(recipe.energy()));
    assertThat(
            Recipe.of(
                    resolved.energy(),
                    resolved.training(),
                    new Recipe.Table(7, new long[] {10}, 2, List.of()))
                .training())
        .isEqualTo(recipe.training());
    assertThat(resolved.training()).isEqualTo(Partial.complete(recipe.training()));
  }
}
