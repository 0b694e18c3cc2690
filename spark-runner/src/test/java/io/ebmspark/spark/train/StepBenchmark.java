package io.ebmspark.spark.train;

import ai.djl.Device;
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
import io.ebmspark.core.training.GradientSource;
import io.ebmspark.core.training.GradientWorker;
import io.ebmspark.core.training.StepRequest;
import io.ebmspark.core.training.StepTotal;
import io.ebmspark.core.training.Trainer;
import io.ebmspark.core.training.TrainingSettings;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.LongSupplier;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import scala.Tuple2;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;
import scala.reflect.ClassTag;
import scala.reflect.ClassTag$;

/**
 * What a step costs besides computation: an energy of many parameters that asks for next to
 * nothing, on two executors, processes of their own with one core each. Beside it, in turns, a
 * Spark job for each step; the bytes alone, over loopback between bare processes; and each part of
 * a step by itself.
 */
@Tag("benchmark")
class StepBenchmark {
  private static final int ROWS_A_SHARD = 16;
  private static final int TURNS = 3;
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
  void stepsOfManyParametersAndShards() throws Exception {
    SparkConf conf =
        new SparkConf()
            .setMaster("local-cluster[2,1,1536]")
            .setAppName("steps")
            .setSparkHome(StandaloneCluster.SPARK_HOME.toString())
            .set("spark.ui.enabled", "false")
            .set("spark.driver.host", "127.0.0.1")
            .set("spark.executor.memory", "1536m")
            .set("spark.broadcast.compress", "false")
            .set("spark.broadcast.checksum", "false")
            .set("spark.serializer", "org.apache.spark.serializer.KryoSerializer")
            .set("spark.kryo.registrator", "io.ebmspark.spark.KryoRegistration")
            .set("spark.kryoserializer.buffer.max", "256m")
            .set("spark.executor.extraClassPath", System.getProperty("java.class.path"));
    try (JavaSparkContext context = new JavaSparkContext(conf)) {
      context.setLogLevel("ERROR");
      for (int[] size :
          new int[][] {
            {10_000, 64, 400}, {1_000_000, 8, 120}, {1_000_000, 64, 60}, {10_000_000, 8, 20}
          }) {
        report(context, size[0], size[1], size[2]);
      }
    }
  }

  private static List<RowBlock> blocks(int shards) {
    List<RowBlock> blocks = new ArrayList<>();
    for (int i = 0; i < shards; i++) {
      blocks.add(new RowBlock((long) i * ROWS_A_SHARD, 2, new float[2 * ROWS_A_SHARD]));
    }
    return blocks;
  }

  /** Neighbours together: half of the shards on each executor. */
  private static JavaRDD<RowBlock> table(JavaSparkContext context, int shards) {
    List<Tuple2<RowBlock, Seq<String>>> placed = new ArrayList<>();
    for (RowBlock block : blocks(shards)) {
      String place = "executor_127.0.0.1_" + 2 * placed.size() / shards;
      placed.add(new Tuple2<>(block, seq(List.of(place))));
    }
    ClassTag<RowBlock> tag = ClassTag$.MODULE$.apply(RowBlock.class);
    return JavaRDD.fromRDD(context.sc().makeRDD(seq(placed), tag), tag);
  }

  private static <T> Seq<T> seq(List<T> list) {
    return CollectionConverters.asScala(list).toSeq();
  }

  /** A Spark job for each step: the parameters broadcast, a total collected from each core. */
  private record JobAStep(
      JavaSparkContext context,
      JavaRDD<RowBlock> halves,
      Broadcast<WorkerSettings> worker,
      int half)
      implements GradientSource {
    @Override
    public StepTotal total(StepRequest request) {
      Broadcast<byte[]> sent =
          context.broadcast(
              CrewMessage.Order.toCompute(0, new CrewMessage.Work(request, List.of())).toBytes());
      Broadcast<WorkerSettings> settings = worker;
      int shards = half;
      try {
        StepTotal total = new StepTotal(0);
        halves
            .mapPartitionsWithIndex(
                (run, rows) -> {
                  StepRequest asked = CrewMessage.Order.read(sent.value()).work().request();
                  StepTotal part =
                      settings.value().worker().total(asked, run * shards, rows, Device.cpu());
                  return List.of(report(run, part)).iterator();
                },
                true)
            .collect()
            .forEach(bytes -> total.append(taken(bytes)));
        return total;
      } finally {
        sent.destroy();
      }
    }
  }

  private static byte[] report(int run, StepTotal total) {
    return CrewMessage.Report.of(run, "", 0, CrewMessage.Answer.TOTALS)
        .with(RunTotals.of(run, total))
        .toBytes();
  }

  /** The one total of a report. */
  private static StepTotal taken(byte[] report) {
    return Objects.requireNonNull(CrewMessage.Report.read(report).totals()).only();
  }

  /** Where Spark says that a task's time goes. */
  private static final class Parts extends SparkListener {
    private final List<List<Double>> parts =
        List.of(new ArrayList<>(), new ArrayList<>(), new ArrayList<>(), new ArrayList<>());

    @Override
    public synchronized void onTaskEnd(SparkListenerTaskEnd end) {
      var metrics = end.taskMetrics();
      double[] now = {
        metrics.executorDeserializeTime(),
        metrics.executorRunTime(),
        metrics.resultSerializationTime(),
        end.taskInfo().duration()
            - metrics.executorDeserializeTime()
            - metrics.executorRunTime()
            - metrics.resultSerializationTime()
      };
      for (int i = 0; i < now.length; i++) {
        parts.get(i).add(now[i]);
      }
    }

    synchronized void clear() {
      parts.forEach(List::clear);
    }

    synchronized String text() {
      String[] names = {"task and parameters read", "run", "result written", "sent and awaited"};
      StringBuilder text = new StringBuilder();
      for (int i = 0; i < names.length; i++) {
        text.append(i == 0 ? "" : ", ").append(names[i]).append(' ').append(median(parts.get(i)));
      }
      return text.toString();
    }
  }

  private static void report(JavaSparkContext context, int parameters, int shards, int steps)
      throws Exception {
    String yaml =
        "{objective: {kind: contrastive-divergence, steps: 1},"
            + " learningRate: 1e-9, steps: %d, batchSize: %d, shards: %d, checkpointEvery: 0}";
    TrainingSettings settings =
        SettingsBinder.bind(
            SettingsTree.parse("steps", yaml.formatted(steps, shards * ROWS_A_SHARD, shards)),
            TrainingSettings.class);
    JavaRDD<RowBlock> table = table(context, shards).cache();
    table.count();
    JavaRDD<RowBlock> halves = context.parallelize(blocks(shards), 2).cache();
    halves.count();
    Energy energy = new Idle(parameters);
    WorkerSettings worker =
        new WorkerSettings(energy, List.of(2L), settings, (long) shards * ROWS_A_SHARD);
    Broadcast<WorkerSettings> sent = context.broadcast(worker);
    // In turns, so that all meet the same machine; the first turn warms up.
    List<Double> jobs = new ArrayList<>();
    List<Double> crews = new ArrayList<>();
    List<Double> floors = new ArrayList<>();
    Parts parts = new Parts();
    context.sc().addSparkListener(parts);
    try (LoopbackFloor floor = new LoopbackFloor(2, 4 * parameters)) {
      for (int turn = 0; turn < TURNS; turn++) {
        if (turn == 1) {
          context.sc().listenerBus().waitUntilEmpty();
          parts.clear();
        }
        jobs.addAll(
            times(energy, settings, worker, new JobAStep(context, halves, sent, shards / 2), turn));
        try (SparkGradients gradients = new SparkGradients(table, worker, settings.steps())) {
          crews.addAll(times(energy, settings, worker, gradients, turn));
        }
        for (int step = 0; step < steps; step++) {
          double milliseconds = floor.step() * 1e-6;
          if (turn > 0 && step > 1) {
            floors.add(milliseconds);
          }
        }
      }
    }
    context.sc().listenerBus().waitUntilEmpty();
    context.sc().removeSparkListener(parts);
    String what = "STEP %,d parameters, %d shards, ms: ".formatted(parameters, shards);
    System.out.println(what + "bytes alone " + spread(floors));
    System.out.println(what + "a crew's step " + spread(crews));
    System.out.println(what + "a job's step " + spread(jobs) + "; its tasks: " + parts.text());
    System.out.println(what + parts(energy, settings, worker.worker(), parameters, shards));
    table.unpersist(true);
    halves.unpersist(true);
  }

  private static List<Double> times(
      Energy energy,
      TrainingSettings settings,
      WorkerSettings worker,
      GradientSource gradients,
      int turn) {
    List<Double> milliseconds = new ArrayList<>();
    new Trainer(energy, SHAPE, settings)
        .train(
            gradients,
            worker.worker().plan(),
            metrics -> {
              if (turn > 0 && metrics.step() > 1) {
                milliseconds.add(metrics.seconds() * 1e3);
              }
            });
    return milliseconds;
  }

  /** Each part of a crew's step, alone in this process. */
  private static String parts(
      Energy energy, TrainingSettings settings, GradientWorker worker, int parameters, int shards) {
    List<RowBlock> run = blocks(shards).subList(0, shards / 2);
    StepRequest request = new StepRequest(0, 0, new float[parameters], null);
    StepTotal total = worker.total(request, 0, run.iterator(), Device.cpu());
    byte[] order =
        CrewMessage.Order.toCompute(0, new CrewMessage.Work(request, List.of())).toBytes();
    byte[] report = report(0, total);
    Map<String, LongSupplier> works = new LinkedHashMap<>();
    works.put(
        "parameters written",
        () ->
            CrewMessage.Order.toCompute(0, new CrewMessage.Work(request, List.of()))
                .toBytes()
                .length);
    works.put("parameters read", () -> CrewMessage.Order.read(order).number());
    works.put(
        "half of the shards computed",
        () -> worker.total(request, 0, run.iterator(), Device.cpu()).rows());
    works.put("total written", () -> report(0, total).length);
    works.put("total read", () -> CrewMessage.Report.read(report).order());
    StringBuilder text = new StringBuilder("parts: ");
    works.forEach(
        (name, work) -> {
          List<Double> times = new ArrayList<>();
          for (int i = 0; i < 60; i++) {
            long start = System.nanoTime();
            long unused = work.getAsLong();
            if (i >= 20) {
              times.add((System.nanoTime() - start) * 1e-6);
            }
          }
          text.append(name).append(' ').append(median(times)).append(", ");
        });
    // Two totals joined, divided, clipped, and a step of Adam.
    List<Double> steps = new ArrayList<>();
    long[] given = new long[1];
    GradientSource ready =
        asked -> {
          StepTotal all = taken(report);
          StepTotal other = new StepTotal(shards / 2);
          StepTotal again =
              worker.total(
                  asked,
                  shards / 2,
                  blocks(shards).subList(shards / 2, shards).iterator(),
                  Device.cpu());
          other.append(again);
          given[0] = System.nanoTime();
          all.append(other);
          return all;
        };
    new Trainer(energy, SHAPE, settings)
        .train(ready, worker.plan(), m -> steps.add((System.nanoTime() - given[0]) * 1e-6));
    return text.append("joined and applied ").append(median(steps)).toString();
  }

  private static String median(List<Double> times) {
    List<Double> sorted = times.stream().sorted().toList();
    return sorted.isEmpty()
        ? "-"
        : String.format(Locale.ROOT, "%.1f", sorted.get(sorted.size() / 2));
  }

  private static String spread(List<Double> times) {
    List<Double> sorted = times.stream().sorted().toList();
    return String.format(
        Locale.ROOT,
        "median %.1f, lowest %.1f, middle half %.1f to %.1f",
        sorted.get(sorted.size() / 2),
        sorted.get(0),
        sorted.get(sorted.size() / 4),
        sorted.get(sorted.size() * 3 / 4));
  }
}
