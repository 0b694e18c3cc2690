package io.ebmspark.spark.train;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebmspark.core.energy.Activation;
import io.ebmspark.core.energy.Energy;
import io.ebmspark.core.energy.Mlp;
import io.ebmspark.core.settings.SettingsBinder;
import io.ebmspark.core.settings.SettingsTree;
import io.ebmspark.core.training.TrainingListener;
import io.ebmspark.core.training.TrainingSettings;
import io.ebmspark.spark.data.DataSettings;
import io.ebmspark.spark.data.shards.ShardedTable;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.apache.spark.ExecutorAllocationClient;
import org.apache.spark.api.java.JavaFutureAction;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.scheduler.ExecutorDecommissionInfo;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.AfterTestExecutionCallback;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import scala.Option;
import scala.jdk.javaapi.CollectionConverters;

/** Executors come and go while a run trains; the test counts who does its work. */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
@Tag("long")
class ShardPlacementTest {
  private static final int SHARDS = 8;
  private static final long PATIENCE_MILLIS = 180_000;
  private static final Energy ENERGY = new Mlp(List.of(16, 16), Activation.SILU);
  @TempDir Path folder;

  @RegisterExtension
  final AfterTestExecutionCallback logs = StandaloneCluster.logsOfFailures(() -> folder);

  private String source = "";

  /** How many rows were fetched to make shards. */
  private static final class Counter extends SparkListener {
    private final LongAdder shuffled = new LongAdder();

    @Override
    public void onTaskEnd(SparkListenerTaskEnd end) {
      if (end.taskMetrics() != null) {
        shuffled.add(end.taskMetrics().shuffleReadMetrics().recordsRead());
      }
    }
  }

  /** The processes that worked on the first step, and those that worked on step 100. */
  private record Workers(Set<String> before, Set<String> after) {}

  /** What happens to a cluster between two steps. */
  private interface Event {
    void on(JavaSparkContext context) throws Exception;
  }

  @BeforeEach
  void table() throws Exception {
    source = ClusterSession.rows(folder).toString();
  }

  @AfterEach
  void stop() {
    ClusterSession.stop();
  }

  private static SparkSession session(String master, Map<String, String> more) {
    Map<String, String> all =
        new HashMap<>(Map.of("spark.executor.memory", "500m", "spark.executor.cores", "1"));
    all.putAll(more);
    return ClusterSession.start(master, all);
  }

  /** Persistent chains, so that every kind of state occurs. */
  private float[] train(SparkSession spark, TrainingListener listener) {
    String training =
        "{objective: {kind: persistent-contrastive-divergence, steps: 2, buffer: {size: 64}},"
            + " steps: 200, batchSize: 64, blockRows: 32, gradientClip: 5, shards: "
            + SHARDS
            + "}";
    TrainingSettings settings =
        SettingsBinder.bind(SettingsTree.parse("training", training), TrainingSettings.class);
    DataSettings data =
        SettingsBinder.bind(
            SettingsTree.parse("data", "{source: {path: '" + source + "', format: csv}}"),
            DataSettings.class);
    try (ShardedTable table = ShardedTable.load(spark, data, SHARDS)) {
      return SparkTrainer.train(table, ENERGY, settings, listener).parameters();
    }
  }

  /**
   * Trains while something happens after step 50, and asks who works on step 100; in between,
   * whoever joins has time to report and to be given shards. The result must be that of threads of
   * one process.
   */
  private Workers trainThrough(SparkSession cluster, int executors, Event event) throws Exception {
    JavaSparkContext context = JavaSparkContext.fromSparkContext(cluster.sparkContext());
    Workers workers = new Workers(new TreeSet<>(), new TreeSet<>());
    float[] found =
        train(
            cluster,
            metrics -> {
              try {
                if (metrics.step() == 0) {
                  workers.before.addAll(metrics.memory().keySet());
                } else if (metrics.step() == 50) {
                  event.on(context);
                  awaitExecutors(context, executors);
                } else if (metrics.step() > 50
                    && metrics.step() < 100
                    && metrics.step() % 10 == 0) {
                  Thread.sleep(1_000);
                } else if (metrics.step() == 100) {
                  workers.after.addAll(metrics.memory().keySet());
                }
              } catch (Exception e) {
                throw new IllegalStateException(e);
              }
            });
    context.sc().listenerBus().waitUntilEmpty();
    cluster.stop();
    assertThat(train(session("local[2]", Map.of()), metrics -> {})).containsExactly(found);
    System.out.println("WORKED AT FIRST " + workers.before + ", LATER " + workers.after);
    return workers;
  }

  private static Set<String> living(JavaSparkContext context) {
    Set<String> ids = new TreeSet<>();
    CollectionConverters.asJava(context.env().blockManager().master().getMemoryStatus().keySet())
        .forEach(id -> ids.add(id.executorId()));
    ids.remove("driver");
    return ids;
  }

  private static void awaitExecutors(JavaSparkContext context, int executors) throws Exception {
    long until = System.currentTimeMillis() + PATIENCE_MILLIS;
    while (living(context).size() != executors) {
      assertThat(System.currentTimeMillis())
          .as("executors %s of %s", living(context), context.master())
          .isLessThan(until);
      Thread.sleep(50);
    }
  }

  @Test
  void anExecutorThatJoinsLateWorksAndTheSourceIsNotReadAgain() throws Exception {
    try (StandaloneCluster machines = new StandaloneCluster(folder, 1)) {
      SparkSession cluster = session(machines.url(), Map.of());
      Counter reads = new Counter();
      Workers workers =
          trainThrough(
              cluster,
              2,
              context -> {
                context.sc().listenerBus().waitUntilEmpty();
                context.sc().addSparkListener(reads);
                machines.addWorker();
              });
      assertThat(workers.before).hasSize(1);
      assertThat(workers.after).hasSize(2).containsAll(workers.before);
      assertThat(reads.shuffled.sum()).as("rows made again").isZero();
    }
  }

  @Test
  void aKilledExecutorsReplacementWorks() throws Exception {
    try (StandaloneCluster machines = new StandaloneCluster(folder, 2)) {
      Workers workers =
          trainThrough(
              session(machines.url(), Map.of("spark.task.maxFailures", "100")),
              2,
              context -> {
                Set<String> before = living(context);
                assertThat(machines.killExecutor(new Random(1))).isTrue();
                while (living(context).equals(before)) {
                  Thread.sleep(20);
                }
              });
      assertThat(workers.after).hasSize(2).isNotEqualTo(workers.before);
    }
  }

  /** Other work in the same application makes Spark ask for one more; it shares training too. */
  @Test
  void anExecutorThatDynamicAllocationAddsWorks() throws Exception {
    try (StandaloneCluster machines = new StandaloneCluster(folder, 1)) {
      Workers workers =
          trainThrough(
              session(
                  machines.url(),
                  Map.of(
                      "spark.dynamicAllocation.enabled", "true",
                      "spark.dynamicAllocation.shuffleTracking.enabled", "true",
                      "spark.dynamicAllocation.minExecutors", "1",
                      "spark.dynamicAllocation.maxExecutors", "2")),
              2,
              context -> {
                assertThat(living(context)).hasSize(1);
                machines.addWorker();
                // Work that ends before the executor has come makes Spark call it off.
                List<Integer> tasks = Collections.nCopies(1_000, 1);
                JavaFutureAction<Void> other =
                    context.parallelize(tasks, tasks.size()).foreachAsync(i -> Thread.sleep(1_000));
                awaitExecutors(context, 2);
                other.cancel(true);
              });
      assertThat(workers.before).hasSize(1);
      assertThat(workers.after).hasSize(2).containsAll(workers.before);
    }
  }

  @Test
  void aDecommissionedExecutorHandsItsShardsOn() throws Exception {
    try (StandaloneCluster machines = new StandaloneCluster(folder, 2)) {
      String[] left = new String[1];
      Workers workers =
          trainThrough(
              session(
                  machines.url(),
                  Map.of(
                      "spark.decommission.enabled", "true",
                      "spark.storage.decommission.enabled", "true",
                      "spark.storage.decommission.rddBlocks.enabled", "true")),
              2,
              context -> {
                awaitExecutors(context, 2);
                left[0] = living(context).iterator().next();
                assertThat(
                        ((ExecutorAllocationClient) context.sc().schedulerBackend())
                            .decommissionExecutor(
                                left[0],
                                new ExecutorDecommissionInfo("asked to", Option.empty()),
                                false,
                                false))
                    .isTrue();
                while (living(context).contains(left[0])) {
                  Thread.sleep(20);
                }
              });
      assertThat(workers.before).hasSize(2);
      assertThat(workers.after).hasSize(2).isNotEqualTo(workers.before);
    }
  }
}
