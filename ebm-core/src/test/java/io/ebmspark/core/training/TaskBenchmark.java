package io.ebmspark.core.training;

import ai.djl.Device;
import io.ebmspark.core.data.RowBlock;
import io.ebmspark.core.energy.Activation;
import io.ebmspark.core.energy.Energy;
import io.ebmspark.core.energy.Initializer;
import io.ebmspark.core.energy.Mlp;
import io.ebmspark.core.energy.Parameter;
import io.ebmspark.core.energy.ParameterLayout;
import io.ebmspark.core.energy.Weights;
import io.ebmspark.core.engine.Tensor;
import io.ebmspark.core.random.Purpose;
import io.ebmspark.core.random.RandomStream;
import io.ebmspark.core.settings.SettingsBinder;
import io.ebmspark.core.settings.SettingsTree;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What a task's part of a step takes of its thread's processor time. */
@Tag("benchmark")
class TaskBenchmark {
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  /** A bowl whose height is the first of many weights. */
  private record Idle(int parameters) implements Energy {
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
  void halfOfTheShards() {
    String chain = "{kind: contrastive-divergence, steps: 1}";
    measure("10 000 parameters, 32 shards", new Idle(10_000), 2, chain, 32, 16, 60);
    measure("1 000 000 parameters, 4 shards", new Idle(1_000_000), 2, chain, 4, 16, 60);
    measure("1 000 000 parameters, 32 shards", new Idle(1_000_000), 2, chain, 32, 16, 20);
    measure("10 000 000 parameters, 4 shards", new Idle(10_000_000), 2, chain, 4, 16, 12);
    measure(
        "denoising, mlp 256-256, 4 096 rows of 32, 8 shards",
        new Mlp(List.of(256, 256), Activation.SILU),
        32,
        "{kind: denoising-score-matching, noise: 0.3}",
        8,
        512,
        100);
  }

  /** A table of twice the batch's rows, in twice the shards, of which this task has half. */
  private static void measure(
      String name, Energy energy, int width, String objective, int shards, int batch, int steps) {
    TrainingSettings settings =
        SettingsBinder.bind(
            SettingsTree.parse(
                "task",
                "{objective: %s, steps: 1, batchSize: %d, shards: %d}"
                    .formatted(objective, 2 * shards * batch, 2 * shards)),
            TrainingSettings.class);
    int rows = 2 * batch;
    List<RowBlock> blocks = new ArrayList<>();
    for (int shard = 0; shard < shards; shard++) {
      float[] values = new float[rows * width];
      RandomStream.of(1, Purpose.CHECK, shard).normals(0, 0, values, 0, values.length);
      blocks.add(new RowBlock((long) shard * rows, width, values));
    }
    long[] shape = {width};
    GradientWorker worker = new GradientWorker(energy, shape, settings, 2L * shards * rows);
    float[] parameters = energy.parameters(shape).initialise(0);
    double[] times = new double[steps - steps / 3];
    for (int step = 0; step < steps; step++) {
      StepRequest request = new StepRequest(step, 0, parameters, null);
      long start = THREADS.getCurrentThreadCpuTime();
      worker.total(request, 0, blocks.iterator(), Device.cpu());
      if (step >= steps / 3) {
        times[step - steps / 3] = (THREADS.getCurrentThreadCpuTime() - start) * 1e-6;
      }
    }
    Arrays.sort(times);
    System.out.printf(
        Locale.ROOT,
        "TASK %s: ms of processor time, median %.1f, lowest %.1f%n",
        name,
        times[times.length / 2],
        times[0]);
  }
}
