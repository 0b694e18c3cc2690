package io.ebmspark.spark.train;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebmspark.core.data.RowBlock;
import io.ebmspark.core.energy.Activation;
import io.ebmspark.core.energy.Energy;
import io.ebmspark.core.energy.Mlp;
import io.ebmspark.core.settings.SettingsBinder;
import io.ebmspark.core.settings.SettingsTree;
import io.ebmspark.core.training.ShardRun;
import io.ebmspark.core.training.StepRequest;
import io.ebmspark.core.training.Trainer;
import io.ebmspark.core.training.TrainingListener;
import io.ebmspark.core.training.TrainingSettings;
import io.ebmspark.spark.data.DataSettings;
import io.ebmspark.spark.data.shards.ShardedTable;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.scheduler.SparkListenerBlockManagerRemoved;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.storage.BlockManagerId;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import scala.Option;

/** Tasks that stay, beside others that want the cores: on two of them. */
@Timeout(value = 240, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class CrewTest {
  private static final Energy ENERGY = new Mlp(List.of(16, 16), Activation.SILU);
  private static final Duration LONG = Duration.ofMinutes(5);

  /** Of the tasks of this process. */
  private static volatile CountDownLatch gate = new CountDownLatch(0);

  private static final AtomicInteger LOST = new AtomicInteger();

  @TempDir static Path folder;
  private static SparkSession spark;
  private static JavaSparkContext context;
  private static ShardedTable table;
  private static float[] expected;

  @BeforeAll
  static void start() throws Exception {
    spark = ClusterSession.start("local[2]", Map.of("spark.scheduler.mode", "FAIR"));
    context = JavaSparkContext.fromSparkContext(spark.sparkContext());
    String yaml = "{source: {path: '" + ClusterSession.rows(folder) + "', format: csv}}";
    table =
        ShardedTable.load(
            spark, SettingsBinder.bind(SettingsTree.parse("data", yaml), DataSettings.class), 4);
    expected = SparkTrainer.train(table, ENERGY, settings(), metrics -> {}).parameters();
  }

  @AfterAll
  static void stop() {
    table.close();
    ClusterSession.stop();
  }

  private static TrainingSettings settings() {
    String yaml =
        "{objective: {kind: denoising-score-matching, noise: 0.3}, steps: 12, batchSize: 64,"
            + " shards: 4, blockRows: 32}";
    return SettingsBinder.bind(SettingsTree.parse("training", yaml), TrainingSettings.class);
  }

  private static WorkerSettings worker() {
    return new WorkerSettings(ENERGY, List.of(2L), settings(), table.rows());
  }

  private static float[] train(
      JavaRDD<RowBlock> shards, Duration patience, TrainingListener listener) {
    WorkerSettings worker = worker();
    try (SparkGradients gradients =
        new SparkGradients(
            shards, worker, settings().steps(), sc -> 2, Slicing.DEFAULT, patience)) {
      return new Trainer(ENERGY, table.shape(), settings())
          .train(gradients, worker.worker().plan(), listener)
          .parameters();
    }
  }

  /** Shards that take a while to read. */
  private static JavaRDD<RowBlock> slow(long millis) {
    return table
        .shards()
        .map(
            shard -> {
              Thread.sleep(millis);
              return shard;
            });
  }

  @Test
  void trainingsInOneSessionTakeTurns() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(2);
    try {
      List<Future<float[]>> both = new ArrayList<>();
      for (int i = 0; i < 2; i++) {
        both.add(threads.submit(() -> train(slow(20), Duration.ofSeconds(2), metrics -> {})));
      }
      for (Future<float[]> one : both) {
        assertThat(one.get()).containsExactly(expected);
      }
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void jobsThatKeepComingDoNotStopTraining() throws Exception {
    AtomicBoolean over = new AtomicBoolean();
    AtomicInteger jobs = new AtomicInteger();
    Thread busy =
        new Thread(
            () -> {
              while (!over.get()) {
                context.parallelize(List.of(1), 1).count();
                jobs.incrementAndGet();
              }
            });
    busy.start();
    try {
      assertThat(train(slow(50), LONG, metrics -> {})).containsExactly(expected);
      assertThat(jobs.get()).as("jobs done meanwhile").isPositive();
    } finally {
      over.set(true);
      busy.join();
    }
  }

  /** A job that a listener waits for has the cores. */
  @Test
  void aJobBetweenStepsIsDone() {
    assertThat(
            train(
                table.shards(),
                LONG,
                metrics -> assertThat(context.parallelize(List.of(1, 2), 2).count()).isEqualTo(2)))
        .containsExactly(expected);
  }

  @Test
  void coresThatOthersHoldAreNotWaitedForForEver() throws Exception {
    gate = new CountDownLatch(1);
    Thread holder =
        new Thread(() -> context.parallelize(List.of(1), 1).foreach(one -> gate.await()));
    holder.start();
    try {
      assertThat(train(table.shards(), Duration.ofSeconds(1), metrics -> {}))
          .containsExactly(expected);
    } finally {
      gate.countDown();
      holder.join();
    }
  }

  /** Executors that no member was on, such as those that dynamic allocation gives back. */
  @Test
  void executorsThatHadNoPartAreNotMissed() {
    LOST.set(0);
    JavaRDD<RowBlock> shards =
        table
            .shards()
            .map(
                shard -> {
                  if (LOST.getAndIncrement() < 40) {
                    BlockManagerId idle =
                        BlockManagerId.apply("idle" + LOST.get(), "host", 7337, Option.empty());
                    context
                        .sc()
                        .listenerBus()
                        .post(
                            new SparkListenerBlockManagerRemoved(System.currentTimeMillis(), idle));
                    Thread.sleep(20);
                  }
                  return shard;
                });
    assertThat(train(shards, LONG, metrics -> {})).containsExactly(expected);
  }

  /** An executor was lost while the crew was formed, before it could hear of that. */
  @Test
  void aCrewOfMoreTasksThanThereAreCoresBreaksUp() {
    WorkerSettings settings = worker();
    Broadcast<WorkerSettings> sent = context.broadcast(settings);
    StepRequest request = new StepRequest(0, 0, ENERGY.parameters(2).initialise(0), null);
    try (Crew crew =
        new Crew(table.shards(), sent, ShardRun.of(4, 3), List.of(), Slicing.DEFAULT, LONG)) {
      assertThat(crew.total(request)).isEmpty();
      assertThat(crew.hasLostAnExecutor()).isFalse();
    } finally {
      sent.destroy();
    }
  }
}
