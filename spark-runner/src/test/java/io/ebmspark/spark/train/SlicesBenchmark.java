package io.ebmspark.spark.train;

import io.ebmspark.core.data.RowBlock;
import io.ebmspark.core.energy.Energy;
import io.ebmspark.core.settings.SettingsBinder;
import io.ebmspark.core.settings.SettingsTree;
import io.ebmspark.core.training.Trainer;
import io.ebmspark.core.training.TrainingSettings;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Steps whose gradients the driver takes whole from each executor, and steps whose gradients the
 * executors join in slices, by turns in one run: on executors that have a network link each
 * (-Drate, 1gbit unless said otherwise), though they share the cores of one machine.
 */
@Tag("benchmark")
class SlicesBenchmark {
  private static final int SHARDS = 8;
  private static final int ROWS_A_SHARD = 16;
  private static final int WARM = 6;

  @TempDir Path folder;

  @Test
  void wholeAndInSlices() throws Exception {
    String rate = System.getProperty("rate", "1gbit");
    for (int executors : new int[] {2, 4, 8}) {
      try (LinkedMachines machines = new LinkedMachines(executors, rate);
          StandaloneCluster cluster = new StandaloneCluster(folder, LinkedMachines.here())) {
        for (int i = 0; i < executors; i++) {
          cluster.addWorker(LinkedMachines.on(i), LinkedMachines.host(i));
        }
        SparkConf conf =
            new SparkConf()
                .setMaster(cluster.url())
                .setAppName("slices")
                .set("spark.ui.enabled", "false")
                .set("spark.driver.host", LinkedMachines.here())
                .set("spark.driver.bindAddress", LinkedMachines.here())
                .set("spark.executor.memory", "900m")
                .set("spark.scheduler.minRegisteredResourcesRatio", "1")
                .set("spark.cores.max", "" + executors)
                .set("spark.serializer", "org.apache.spark.serializer.KryoSerializer")
                .set("spark.kryo.registrator", "io.ebmspark.spark.KryoRegistration")
                .set("spark.executor.extraClassPath", System.getProperty("java.class.path"));
        try (JavaSparkContext context = new JavaSparkContext(conf)) {
          context.setLogLevel("ERROR");
          report(context, rate, executors, 100_000, 30);
          report(context, rate, executors, 300_000, 30);
          report(context, rate, executors, 1_000_000, 20);
          report(context, rate, executors, 3_000_000, 12);
          report(context, rate, executors, 10_000_000, 6);
        }
      }
    }
  }

  private static void report(
      JavaSparkContext context, String rate, int executors, int parameters, int turns) {
    String yaml =
        "{objective: {kind: contrastive-divergence, steps: 1},"
            + " learningRate: 1e-9, steps: %d, batchSize: %d, shards: %d, checkpointEvery: 0}";
    int rows = SHARDS * ROWS_A_SHARD;
    TrainingSettings settings =
        SettingsBinder.bind(
            SettingsTree.parse("steps", yaml.formatted(2 * (WARM + turns), rows, SHARDS)),
            TrainingSettings.class);
    List<RowBlock> blocks = new ArrayList<>();
    for (int i = 0; i < SHARDS; i++) {
      blocks.add(new RowBlock((long) i * ROWS_A_SHARD, 2, new float[2 * ROWS_A_SHARD]));
    }
    JavaRDD<RowBlock> table = context.parallelize(blocks, SHARDS).cache();
    table.count();
    Energy energy = new StepBenchmark.Idle(parameters);
    WorkerSettings worker = new WorkerSettings(energy, List.of(2L), settings, rows);
    int[] step = {0};
    Slicing byTurns = (processes, length) -> step[0]++ % 2 == 0 ? 1 : executors;
    List<Double> whole = new ArrayList<>();
    List<Double> inSlices = new ArrayList<>();
    try (SparkGradients gradients =
        new SparkGradients(table, worker, settings.steps(), context1 -> executors, byTurns)) {
      new Trainer(energy, new long[] {2}, settings)
          .train(
              gradients,
              worker.worker().plan(),
              metrics -> {
                if (metrics.step() >= 2 * WARM) {
                  (metrics.step() % 2 == 0 ? whole : inSlices).add(metrics.seconds() * 1e3);
                }
              });
    }
    System.out.printf(
        Locale.ROOT,
        "SLICES %s, %d executors, %,d parameters, ms a step: whole %s; in slices %s%n",
        rate,
        executors,
        parameters,
        spread(whole),
        spread(inSlices));
    table.unpersist(true);
  }

  private static String spread(List<Double> times) {
    List<Double> sorted = times.stream().sorted().toList();
    return String.format(
        Locale.ROOT,
        "%.1f (%.1f to %.1f)",
        sorted.get(sorted.size() / 2),
        sorted.get(sorted.size() / 4),
        sorted.get(sorted.size() * 3 / 4));
  }
}
