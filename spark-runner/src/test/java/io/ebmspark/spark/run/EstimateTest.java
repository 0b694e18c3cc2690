package io.ebmspark.spark.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebmspark.core.settings.SettingsBinder;
import io.ebmspark.core.settings.SettingsTree;
import io.ebmspark.core.training.TrainingSettings;
import io.ebmspark.spark.train.TrainingNeeds;
import org.junit.jupiter.api.Test;

class EstimateTest {
  private static TrainingNeeds needs(String objective, String more) {
    return needs(objective, more, 1);
  }

  private static TrainingNeeds needs(String objective, String more, int executors) {
    String yaml = "{objective: {kind: %s}, batchSize: 1000%s}".formatted(objective, more);
    return new TrainingNeeds(
        SettingsBinder.bind(SettingsTree.parse("training", yaml), TrainingSettings.class),
        5_000_000,
        10_000_000,
        30,
        executors,
        4);
  }

  /**
   * 4 bytes a value; the vectors are 20 MB each: θ, average, two moments, gradient, two on their
   * way, a copy for the executor, and four results.
   */
  @Test
  void memoryFollowsTheFormulas() {
    TrainingNeeds needs = needs("contrastive-divergence", ", shards: 64");
    assertThat(needs.cachedBytes()).isEqualTo(4L * 10_000_000 * 30);
    assertThat(needs.resultBytes()).isEqualTo(4 * 20_000_000L);
    assertThat(needs.driverBytes()).isEqualTo((7 + 1 + 4) * 20_000_000L);
    // Four executors exchange slices of one.
    assertThat(needs("contrastive-divergence", ", shards: 64", 4).driverBytes())
        .isEqualTo((7 + 1 + 1) * 20_000_000L);
    assertThat(needs.replayBytes()).isZero();
    assertThat(needs.nativeBytesPerTask()).isEqualTo(16 * 20_000_000L + 256 * 512 * 30);
    // Three shards are not a complete subtree: two vectors per task.
    assertThat(needs("contrastive-divergence", ", shards: 12").resultBytes())
        .isEqualTo(8 * 20_000_000L);
    TrainingNeeds persistent =
        needs("persistent-contrastive-divergence, buffer: {size: 20000}", ", shards: 64");
    assertThat(persistent.replayBytes()).isEqualTo(4L * 20_000 * 30);
    assertThat(persistent.resultBytes() - needs.resultBytes()).isEqualTo(4L * 1_000 * 30);
    assertThat(persistent.driverBytes() - needs.driverBytes())
        .isEqualTo(4L * 20_000 * 30 + 2 * 4L * 1_000 * 30);
    assertThat(needs("contrastive-divergence, steps: 2", ", optimizer: {kind: sgd}").driverBytes())
        .isLessThan(needs("contrastive-divergence", "").driverBytes());
  }

  @Test
  void theLinesSayWhatToSet() {
    TrainingNeeds needs = needs("contrastive-divergence", ", shards: 64, steps: 36000");
    assertThat(new Estimate(needs, 0.25).lines())
        .containsExactly(
            "5000000 parameters",
            "one step took 0.250 s; 36000 steps will take about 2.5 h",
            "cached rows take 1144 MB over all executors (spark.executor.memory × 0.6 holds them)",
            "the driver needs about 228 MB besides Spark's own (spark.driver.memory); the results"
                + " of a step take 76 MB of them",
            "set spark.executor.memoryOverhead to at least 308 m per core plus 300 m");
    assertThat(new Estimate(needs, 0.001).lines().get(1)).endsWith("about 36 s");
    assertThat(new Estimate(needs, 0.02).lines().get(1)).endsWith("about 12 min");
  }
}
