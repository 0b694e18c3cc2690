package io.ebmspark.spark.train;

import io.ebmspark.core.data.RowBlock;
import io.ebmspark.core.data.Shapes;
import io.ebmspark.core.energy.Activation;
import io.ebmspark.core.energy.Conv;
import io.ebmspark.core.energy.Energy;
import io.ebmspark.core.energy.Mlp;
import io.ebmspark.core.random.Purpose;
import io.ebmspark.core.random.RandomStream;
import io.ebmspark.core.settings.SettingsBinder;
import io.ebmspark.core.settings.SettingsTree;
import io.ebmspark.core.training.Trainer;
import io.ebmspark.core.training.TrainingSettings;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The same steps on one executor of one core, and on two. */
@Tag("benchmark")
class ScalingBenchmark {
  private static final int SHARDS = 16;

  /** What is trained. */
  private record Work(
      String name, Energy energy, long[] shape, String objective, int batch, int steps) {}

  private static final List<Work> WORKS =
      List.of(
          new Work(
              "denoising, mlp 256-256, 8192 rows of 32",
              new Mlp(List.of(256, 256), Activation.SILU),
              new long[] {32},
              "{kind: denoising-score-matching, noise: 0.3}",
              8_192,
              900),
          new Work(
              "CD-10, conv, 128 images of 28 x 28",
              new Conv(
                  List.of(32, 32, 64, 64, 128, 128),
                  List.of(1, 2, 1, 2, 1, 2),
                  128,
                  Activation.SILU),
              new long[] {1, 28, 28},
              "{kind: contrastive-divergence}",
              128,
              30));

  @Test
  void oneExecutorAndTwo() {
    for (int turn = 0; turn < 2; turn++) {
      for (int executors : new int[] {1, 2}) {
        SparkConf conf =
            new SparkConf()
                .setMaster("local-cluster[" + executors + ",1,1536]")
                .setAppName("scaling")
                .setSparkHome(StandaloneCluster.SPARK_HOME.toString())
                .set("spark.ui.enabled", "false")
                .set("spark.driver.host", "127.0.0.1")
                .set("spark.executor.memory", "1536m")
                .set("spark.serializer", "org.apache.spark.serializer.KryoSerializer")
                .set("spark.kryo.registrator", "io.ebmspark.spark.KryoRegistration")
                .set("spark.executor.extraClassPath", System.getProperty("java.class.path"));
        try (JavaSparkContext context = new JavaSparkContext(conf)) {
          context.setLogLevel("ERROR");
          for (Work work : WORKS) {
            report(context, executors, work);
          }
        }
      }
    }
  }

  private static void report(JavaSparkContext context, int executors, Work work) {
    String yaml =
        "{objective: %s, steps: %d, batchSize: %d, shards: %d, checkpointEvery: 0,"
            + " learningRate: 1e-5}";
    TrainingSettings settings =
        SettingsBinder.bind(
            SettingsTree.parse(
                "work", yaml.formatted(work.objective, work.steps, work.batch, SHARDS)),
            TrainingSettings.class);
    int width = Shapes.width(work.shape);
    int rows = 2 * work.batch / SHARDS;
    List<RowBlock> blocks = new ArrayList<>();
    for (int shard = 0; shard < SHARDS; shard++) {
      float[] values = new float[rows * width];
      RandomStream.of(1, Purpose.CHECK, shard).normals(0, 0, values, 0, values.length);
      blocks.add(new RowBlock((long) shard * rows, width, values));
    }
    JavaRDD<RowBlock> table = context.parallelize(blocks, SHARDS).cache();
    table.count();
    WorkerSettings worker =
        new WorkerSettings(
            work.energy,
            Arrays.stream(work.shape).boxed().toList(),
            settings,
            (long) rows * SHARDS);
    List<Double> times = new ArrayList<>();
    try (SparkGradients gradients = new SparkGradients(table, worker, settings.steps())) {
      new Trainer(work.energy, work.shape, settings)
          .train(
              gradients,
              worker.worker().plan(),
              metrics -> {
                if (metrics.step() > settings.steps() * 2 / 3) {
                  times.add(metrics.seconds() * 1e3);
                }
              });
    }
    List<Double> sorted = times.stream().sorted().toList();
    System.out.printf(
        Locale.ROOT,
        "SCALING %s, %d executors: ms a step median %.0f, lowest %.0f, highest %.0f%n",
        work.name,
        executors,
        sorted.get(sorted.size() / 2),
        sorted.get(0),
        sorted.get(sorted.size() - 1));
    table.unpersist(true);
  }
}
