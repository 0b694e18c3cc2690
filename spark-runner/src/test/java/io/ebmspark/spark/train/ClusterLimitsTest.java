package io.ebmspark.spark.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ebmspark.core.failure.Category;
import io.ebmspark.core.failure.EbmException;
import io.ebmspark.core.settings.SettingsBinder;
import io.ebmspark.core.settings.SettingsTree;
import io.ebmspark.core.training.TrainingSettings;
import java.util.Map;
import org.apache.spark.SparkConf;
import org.junit.jupiter.api.Test;

class ClusterLimitsTest {
  private static final long MEGABYTE = 1 << 20;
  private static final String KRYO = "org.apache.spark.serializer.KryoSerializer";
  private static final String DENOISING = "{kind: denoising-score-matching, noise: 0.3}";

  private static TrainingNeeds needs(
      String objective, int shards, long parameters, long rows, int width, int executors) {
    return needs(objective, shards, parameters, rows, width, executors, executors);
  }

  private static TrainingNeeds needs(
      String objective,
      int shards,
      long parameters,
      long rows,
      int width,
      int executors,
      int tasks) {
    String yaml = "{objective: %s, batchSize: 64, shards: %d}".formatted(objective, shards);
    return new TrainingNeeds(
        SettingsBinder.bind(SettingsTree.parse("training", yaml), TrainingSettings.class),
        parameters,
        rows,
        width,
        executors,
        tasks);
  }

  private static TrainingNeeds needs(int shards, long parameters, int executors) {
    return needs(DENOISING, shards, parameters, 1_000, 2, executors);
  }

  private static ClusterLimits cluster(Map<String, String> settings) {
    SparkConf conf = new SparkConf(false);
    settings.forEach(conf::set);
    return new ClusterLimits(conf, 16L << 30, false);
  }

  private static void assertRefused(ClusterLimits limits, TrainingNeeds needs, String message) {
    assertThatThrownBy(() -> limits.check(needs))
        .hasMessage(message)
        .extracting(e -> ((EbmException) e).category())
        .isEqualTo(Category.SETTINGS);
  }

  /** The job that once died of this, in its first step: 400 results of a million values. */
  @Test
  void resultsAreOneVectorAndNotOneAShard() {
    assertThat(needs(400, 1_000_000, 8).resultBytes()).isEqualTo(4_000_000);
    assertThat(needs(400, 1_000, 8).resultBytes()).isGreaterThanOrEqualTo(8 * 4_000);
    assertThatCode(() -> cluster(Map.of()).check(needs(400, 1_000_000, 8)))
        .doesNotThrowAnyException();
    assertThatCode(() -> cluster(Map.of()).check(needs(400, 11_000_000, 400)))
        .doesNotThrowAnyException();
    assertRefused(
        cluster(Map.of()),
        needs(DENOISING, 400, 11_000_000, 1_000, 2, 1, 400),
        "spark.driver.memory gives the driver a heap of 16384 MB, and this run needs 17120 MB of it"
            + " (11000000 parameters); set it to at least 25681m");
  }

  @Test
  void oneResultMustFitAMessage() {
    assertThatCode(() -> cluster(Map.of("spark.serializer", KRYO)).check(needs(2, 20_000_000, 2)))
        .doesNotThrowAnyException();
    assertRefused(
        cluster(Map.of()),
        needs(1, 600_000_000, 1),
        "energy has 600000000 parameters, so that one task returns 2289 MB, more than the 2 GB"
            + " Spark can carry; make it smaller");
  }

  @Test
  void theDriverHoldsTheStateOfARun() {
    TrainingNeeds needs = needs(2, 1_000_000, 2);
    // θ, average, two moments, gradient, θ on its way as bytes, again and to each of two, two
    // results: eleven vectors of 4 MB.
    assertThat(needs.driverBytes()).isEqualTo(44_000_000);
    assertRefused(
        new ClusterLimits(new SparkConf(false), 43_000_000, false),
        needs,
        "spark.driver.memory gives the driver a heap of 41 MB, and this run needs 42 MB of it"
            + " (1000000 parameters); set it to at least 63m");
    TrainingNeeds rows = needs(DENOISING, 2, 1_000, 20_000_000, 2, 2);
    assertRefused(
        new ClusterLimits(new SparkConf(false), 100 * MEGABYTE, true),
        rows,
        "spark.driver.memory gives the driver a heap of 100 MB, and this run needs 153 MB of it"
            + " (1000 parameters, all rows); set it to at least 229m");
    assertThatCode(() -> new ClusterLimits(new SparkConf(false), 100 * MEGABYTE, false).check(rows))
        .doesNotThrowAnyException();
  }

  @Test
  void aShardMustFitAnExecutor() {
    TrainingNeeds needs = needs(DENOISING, 2, 100, 10_000_000, 30, 2);
    assertRefused(
        cluster(Map.of()),
        needs,
        "spark.executor.memory is 1024 MB, and one shard takes 572 MB; set it to at least 1146m, or"
            + " training.shards to at least 3");
    assertThatCode(() -> cluster(Map.of("spark.executor.memory", "1146m")).check(needs))
        .doesNotThrowAnyException();
    assertThatCode(() -> cluster(Map.of()).check(needs(DENOISING, 3, 100, 10_000_000, 30, 2)))
        .doesNotThrowAnyException();
  }

  @Test
  void whatNoArrayHoldsIsRefusedByName() {
    assertRefused(
        cluster(Map.of()),
        needs(2, 3_000_000_000L, 2),
        "energy has 3000000000 parameters, more than the 2147483639 a vector can hold; make it"
            + " smaller");
    assertRefused(
        cluster(Map.of()),
        needs("{kind: persistent-contrastive-divergence}", 1_000, 10, 1_000, 300_000, 2),
        "training.objective.buffer.size is such that its chains have 3000000000 values, more than"
            + " the 2147483639 the buffer can hold; make it smaller");
  }
}
