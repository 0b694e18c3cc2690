package io.ebmspark.spark.train;

import io.ebmspark.core.data.RowBlock;
import io.ebmspark.core.energy.Energy;
import io.ebmspark.core.energy.Initializer;
import io.ebmspark.core.energy.Parameter;
import io.ebmspark.core.energy.ParameterLayout;
import io.ebmspark.core.energy.Weights;
import io.ebmspark.core.engine.Tensor;
import io.ebmspark.core.settings.Setting;
import io.ebmspark.core.settings.SettingsBinder;
import io.ebmspark.core.settings.SettingsTree;
import io.ebmspark.core.training.Trainer;
import io.ebmspark.core.training.TrainingSettings;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import scala.Tuple2;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;
import scala.reflect.ClassTag;
import scala.reflect.ClassTag$;

/**
 * What a step costs besides computation: an energy of many parameters that asks for next to
 * nothing, on two executors, processes of their own with one core each.
 */
@Tag("benchmark")
class StepBenchmark {
  private static final int ROWS_A_SHARD = 16;
  private static final int TURNS = 4;
  private static final long[] SHAPE = {2};

  /** A bowl whose height is the first of many weights. */
  public record Idle(@Setting("length of the parameter vector") int parameters) implements Energy {
    @Override
    public ParameterLayout parameters(long... shape) {
      return ParameterLayout.of(
          new Parameter("idle", new long[] {parameters}, Initializer.constant(0)));
    }

    @Override
    public Tensor energy(Tensor x, Weights weights) {
      return x.square().sumPerRow().add(weights.get("idle").slice(0, 0, 1));
    }
  }

  @Test
  void stepsOfManyParametersAndShards() {
    SparkConf conf =
        new SparkConf()
            .setMaster("local-cluster[2,1,1024]")
            .setAppName("steps")
            .setSparkHome(StandaloneCluster.SPARK_HOME.toString())
            .set("spark.ui.enabled", "false")
            .set("spark.driver.host", "127.0.0.1")
            .set("spark.executor.memory", "1g")
            .set("spark.broadcast.compress", "false")
            .set("spark.broadcast.checksum", "false")
            .set("spark.serializer", "org.apache.spark.serializer.KryoSerializer")
            .set("spark.kryo.registrator", "io.ebmspark.spark.KryoRegistration")
            .set("spark.executor.extraClassPath", System.getProperty("java.class.path"));
    try (JavaSparkContext context = new JavaSparkContext(conf)) {
      context.setLogLevel("ERROR");
      for (int[] size : new int[][] {{10_000, 64}, {1_000_000, 8}, {1_000_000, 64}}) {
        report(context, size[0], size[1], 12);
      }
    }
  }

  /** Neighbours together: half of the shards on each executor. */
  private static JavaRDD<RowBlock> table(JavaSparkContext context, int shards) {
    List<String> executors = new ArrayList<>();
    for (String id : List.of("0", "1")) {
      executors.add("executor_127.0.0.1_" + id);
    }
    List<Tuple2<RowBlock, Seq<String>>> placed = new ArrayList<>();
    for (int i = 0; i < shards; i++) {
      RowBlock block = new RowBlock((long) i * ROWS_A_SHARD, 2, new float[2 * ROWS_A_SHARD]);
      placed.add(new Tuple2<>(block, seq(List.of(executors.get(2 * i / shards)))));
    }
    ClassTag<RowBlock> tag = ClassTag$.MODULE$.apply(RowBlock.class);
    return JavaRDD.fromRDD(context.sc().makeRDD(seq(placed), tag), tag);
  }

  private static <T> Seq<T> seq(List<T> list) {
    return CollectionConverters.asScala(list).toSeq();
  }

  private static void report(JavaSparkContext context, int parameters, int shards, int steps) {
    String yaml =
        "{objective: {kind: contrastive-divergence, steps: 1}, optimizer: {kind: sgd},"
            + " learningRate: 1e-9, steps: %d, batchSize: %d, shards: %d, checkpointEvery: 0}";
    TrainingSettings settings =
        SettingsBinder.bind(
            SettingsTree.parse("steps", yaml.formatted(steps, shards * ROWS_A_SHARD, shards)),
            TrainingSettings.class);
    JavaRDD<RowBlock> table = table(context, shards).cache();
    table.count();
    Energy energy = new Idle(parameters);
    WorkerSettings worker =
        new WorkerSettings(energy, List.of(2L), settings, (long) shards * ROWS_A_SHARD);
    // In turns, so that both meet the same machine; the first turn warms up.
    List<Double> each = new ArrayList<>();
    List<Double> grouped = new ArrayList<>();
    for (int turn = 0; turn < TURNS; turn++) {
      each.addAll(times(energy, settings, worker, table, shards, turn));
      grouped.addAll(times(energy, settings, worker, table, 2, turn));
    }
    print(parameters, shards, "a task a shard", each);
    print(parameters, shards, "a task a core", grouped);
    table.unpersist(true);
  }

  private static List<Double> times(
      Energy energy,
      TrainingSettings settings,
      WorkerSettings worker,
      JavaRDD<RowBlock> table,
      int tasks,
      int turn) {
    List<Double> milliseconds = new ArrayList<>();
    try (SparkGradients gradients =
        new SparkGradients(table, worker, settings.steps(), context -> tasks)) {
      new Trainer(energy, SHAPE, settings)
          .train(
              gradients,
              worker.worker().plan(),
              metrics -> {
                if (turn > 0 && metrics.step() > 1) {
                  milliseconds.add(metrics.seconds() * 1e3);
                }
              });
    }
    return milliseconds;
  }

  private static void print(int parameters, int shards, String how, List<Double> times) {
    List<Double> sorted = times.stream().sorted().toList();
    System.out.printf(
        Locale.ROOT,
        "STEP %d parameters, %d shards, %s: median %.1f ms, lowest %.1f, three in four below"
            + " %.1f%n",
        parameters,
        shards,
        how,
        sorted.get(sorted.size() / 2),
        sorted.get(0),
        sorted.get(sorted.size() * 3 / 4));
  }
}
