package io.ebmspark.core.training;

import ai.djl.Device;
import io.ebmspark.core.data.RowBlock;
import io.ebmspark.core.energy.Activation;
import io.ebmspark.core.energy.Energy;
import io.ebmspark.core.energy.Mlp;
import io.ebmspark.core.energy.NoiseLevels;
import io.ebmspark.core.objective.DenoisingScoreMatching;
import io.ebmspark.core.objective.LevelDenoising;
import io.ebmspark.core.objective.Objective;
import io.ebmspark.core.optimizer.Adam;
import io.ebmspark.core.random.Purpose;
import io.ebmspark.core.random.RandomStream;
import io.ebmspark.core.schedule.Schedule;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What a row of a batch costs where it is spread over many shards, each of which is a block. */
@Tag("benchmark")
class ShardRowsBenchmark {
  private static final int SHARD_ROWS = 512;
  private static final int FEATURES = 32;
  private static final int ROUNDS = 12;
  private static final int[] SHARDS = {2, 16, 128};
  private static final int[] ROWS_A_SHARD = {4, 8, 16, 32, 64, 128};

  @Test
  void ofWhatATableIsTrainedOnUnlessTheJobNamesIt() {
    Energy network = new Mlp(List.of(128, 128), Activation.SILU);
    measure(
        "noise levels, 128-128",
        new NoiseLevels(network, List.of(0.1, 0.6, 2.0, 4.0), 0, false),
        new LevelDenoising());
  }

  @Test
  void ofOneNoise() {
    measure(
        "denoising, 256-256",
        new Mlp(List.of(256, 256), Activation.SILU),
        new DenoisingScoreMatching(Schedule.of(0.3)));
  }

  private static void measure(String name, Energy energy, Objective objective) {
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    float[] parameters = energy.parameters(FEATURES).initialise(0);
    for (int shards : SHARDS) {
      List<RowBlock> blocks = new ArrayList<>();
      for (int shard = 0; shard < shards; shard++) {
        float[] values = new float[SHARD_ROWS * FEATURES];
        RandomStream.of(shard, Purpose.EVALUATION, 0).normals(0, 0, values, 0, values.length);
        blocks.add(new RowBlock((long) shard * SHARD_ROWS, FEATURES, values));
      }
      for (int rows : ROWS_A_SHARD) {
        double[] micros = new double[ROUNDS];
        GradientWorker worker =
            new GradientWorker(
                energy,
                new long[] {FEATURES},
                settings(objective, rows * shards, shards),
                (long) shards * SHARD_ROWS);
        for (int round = 0; round < ROUNDS; round++) {
          StepRequest request = new StepRequest(round % 4, 0, parameters, null);
          long started = threads.getCurrentThreadCpuTime();
          worker.total(request, 0, blocks.iterator(), Device.cpu());
          micros[round] = (threads.getCurrentThreadCpuTime() - started) * 1e-3 / (rows * shards);
        }
        double[] late = Arrays.copyOfRange(micros, 2, ROUNDS);
        Arrays.sort(late);
        System.out.printf(
            Locale.ROOT,
            "SHARD ROWS\t%s\t%d shards\t%d rows each\t%.1f µs a row (%.1f–%.1f)%n",
            name,
            shards,
            rows,
            late[late.length / 2],
            late[0],
            late[late.length - 1]);
      }
    }
  }

  private static TrainingSettings settings(Objective objective, int batch, int shards) {
    return new TrainingSettings(
        objective,
        new Adam(0.9, 0.999, 1e-8),
        Schedule.of(1e-4),
        ROUNDS,
        batch,
        shards,
        Optional.empty(),
        0,
        512,
        0);
  }
}
