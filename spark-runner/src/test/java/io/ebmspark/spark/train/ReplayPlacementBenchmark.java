package io.ebmspark.spark.train;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.storage.StorageLevel;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What a step costs where the replay buffer lives with the driver, in a chain of RDDs, or in the
 * executors' memory; the chains themselves do nothing, the parameters go out with every step. Two
 * executors, processes of their own.
 */
@Tag("benchmark")
class ReplayPlacementBenchmark {
  private static final int STEPS = 150;
  private static final int SAVE_EVERY = 50;
  private static final int SHARDS = 2;
  private static final int SLOTS = 10_000;

  /** Sent with every step, wherever the buffer is. */
  private static final int PARAMETERS = 100_000;

  /** The buffer of each shard, in an executor's memory. */
  private static final Map<Integer, float[]> HELD = new ConcurrentHashMap<>();

  @TempDir Path folder;

  @Test
  void compare() {
    SparkConf conf =
        new SparkConf()
            .setMaster("local-cluster[2,1,1024]")
            .setAppName("replay placement")
            .setSparkHome(StandaloneCluster.SPARK_HOME.toString())
            .set("spark.ui.enabled", "false")
            .set("spark.driver.host", "127.0.0.1")
            .set("spark.executor.memory", "800m")
            .set("spark.locality.wait", "0")
            .set("spark.broadcast.compress", "false")
            .set("spark.executor.extraClassPath", System.getProperty("java.class.path"));
    try (JavaSparkContext context = new JavaSparkContext(conf)) {
      context.setLogLevel("ERROR");
      context.setCheckpointDir(folder.toString());
      // The first size warms up the driver and both executors; it comes again.
      for (int[] size : new int[][] {{512, 30}, {512, 2}, {512, 30}, {64, 784}}) {
        int batch = size[0];
        int width = size[1];
        report("driver", size, steps -> driver(context, batch, width, steps));
        report("RDD lineage", size, steps -> lineage(context, batch, width, steps));
        report("executors", size, steps -> executors(context, batch, width, steps));
      }
    }
  }

  private static void report(String where, int[] size, IntConsumer run) {
    run.accept(100);
    long started = System.nanoTime();
    run.accept(STEPS);
    System.out.printf(
        Locale.ROOT,
        "REPLAY %s, batch %d x %d: %.1f ms a step%n",
        where,
        size[0],
        size[1],
        (System.nanoTime() - started) * 1e-6 / STEPS);
  }

  private static JavaRDD<Integer> shards(JavaSparkContext context) {
    return context.parallelize(IntStream.range(0, SHARDS).boxed().toList(), SHARDS);
  }

  /** The drawn chains go out with the step and come back with the gradients. */
  private static void driver(JavaSparkContext context, int batch, int width, int steps) {
    float[] buffer = new float[SLOTS * width];
    JavaRDD<Integer> shards = shards(context);
    for (int step = 0; step < steps; step++) {
      float[] both = Arrays.copyOf(buffer, batch * width + PARAMETERS);
      Broadcast<float[]> sent = context.broadcast(both);
      int each = batch * width / SHARDS;
      List<float[]> ends =
          shards
              .map(
                  shard ->
                      moved(Arrays.copyOfRange(sent.value(), shard * each, (shard + 1) * each)))
              .collect();
      for (int shard = 0; shard < SHARDS; shard++) {
        System.arraycopy(ends.get(shard), 0, buffer, shard * each, each);
      }
      sent.destroy();
    }
  }

  /** Each step's buffer is an RDD made from the last one's, saved now and then. */
  private static void lineage(JavaSparkContext context, int batch, int width, int steps) {
    int own = SLOTS / SHARDS * width;
    JavaRDD<float[]> buffer = shards(context).map(shard -> new float[own]);
    List<JavaRDD<float[]>> kept = new ArrayList<>();
    for (int step = 1; step <= steps; step++) {
      Broadcast<float[]> sent = context.broadcast(new float[PARAMETERS]);
      JavaRDD<float[]> next =
          buffer.map(
              states -> {
                sent.value();
                float[] copy = states.clone();
                float[] drawn = moved(Arrays.copyOf(states, batch * width / SHARDS));
                System.arraycopy(drawn, 0, copy, 0, drawn.length);
                return copy;
              });
      next.persist(StorageLevel.MEMORY_AND_DISK());
      kept.add(next);
      if (step % SAVE_EVERY == 0) {
        next.checkpoint();
      }
      next.map(states -> states[0]).collect();
      if (kept.size() > 2) {
        kept.remove(0).unpersist(false);
      }
      buffer = next;
      sent.unpersist();
    }
    kept.forEach(rdd -> rdd.unpersist(false));
  }

  /** Each executor keeps its shard's buffer; all of them are fetched now and then, to rewind to. */
  private static void executors(JavaSparkContext context, int batch, int width, int steps) {
    int own = SLOTS / SHARDS * width;
    JavaRDD<Integer> shards = shards(context);
    for (int step = 1; step <= steps; step++) {
      Broadcast<float[]> sent = context.broadcast(new float[PARAMETERS]);
      shards
          .map(
              shard -> {
                sent.value();
                float[] states = HELD.computeIfAbsent(shard, s -> new float[own]);
                float[] drawn = moved(Arrays.copyOf(states, batch * width / SHARDS));
                System.arraycopy(drawn, 0, states, 0, drawn.length);
                return drawn[0];
              })
          .collect();
      sent.destroy();
      if (step % SAVE_EVERY == 0) {
        shards.map(shard -> HELD.computeIfAbsent(shard, s -> new float[own])).collect();
      }
    }
    shards.map(shard -> HELD.remove(shard) == null).collect();
  }

  private static float[] moved(float[] states) {
    for (int i = 0; i < states.length; i++) {
      states[i] += 0.1f;
    }
    return states;
  }
}
