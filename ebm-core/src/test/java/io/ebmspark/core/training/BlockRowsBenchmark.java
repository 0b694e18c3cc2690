package io.ebmspark.core.training;

import ai.djl.Device;
import io.ebmspark.core.data.RowBlock;
import io.ebmspark.core.energy.Activation;
import io.ebmspark.core.energy.Energy;
import io.ebmspark.core.energy.Mlp;
import io.ebmspark.core.objective.ContrastiveDivergence;
import io.ebmspark.core.objective.DenoisingScoreMatching;
import io.ebmspark.core.objective.Objective;
import io.ebmspark.core.objective.Probe;
import io.ebmspark.core.objective.SlicedScoreMatching;
import io.ebmspark.core.optimizer.Adam;
import io.ebmspark.core.random.Purpose;
import io.ebmspark.core.random.RandomStream;
import io.ebmspark.core.sampler.Langevin;
import io.ebmspark.core.schedule.Schedule;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whether the best number of rows a block depends on the network; docs/performance.md says no. */
@Tag("benchmark")
class BlockRowsBenchmark {
  private static final int ROWS = 4_096;
  private static final int FEATURES = 32;
  private static final int ROUNDS = 9;
  private static final int[] BLOCKS = {64, 128, 256, 512, 1_024, 2_048};

  @ParameterizedTest
  @ValueSource(ints = {64, 256, 512})
  void network(int width) {
    Langevin chain = new Langevin(Schedule.of(0.01), Schedule.of(0.2));
    Map<String, Objective> objectives = new LinkedHashMap<>();
    objectives.put("denoising", new DenoisingScoreMatching(Schedule.of(0.1)));
    objectives.put("sliced", new SlicedScoreMatching(1, Probe.RADEMACHER, 0));
    objectives.put("CD-5", new ContrastiveDivergence(5, chain, 1e-3));
    Energy energy = new Mlp(List.of(width, width), Activation.SILU);
    objectives.forEach((name, objective) -> measure(width + "-" + width, name, energy, objective));
  }

  private static void measure(String network, String name, Energy energy, Objective objective) {
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    double[][] millis = new double[BLOCKS.length][ROUNDS];
    float[] values = new float[ROWS * FEATURES];
    RandomStream.of(0, Purpose.EVALUATION, 0).normals(0, 0, values, 0, values.length);
    List<RowBlock> rows = List.of(new RowBlock(0, FEATURES, values));
    float[] parameters = energy.parameters(FEATURES).initialise(0);
    for (int round = 0; round < ROUNDS; round++) {
      for (int i = 0; i < BLOCKS.length; i++) {
        GradientWorker worker =
            new GradientWorker(energy, new long[] {FEATURES}, settings(objective, BLOCKS[i]), ROWS);
        StepRequest request = new StepRequest(round, 0, parameters, null);
        long started = threads.getCurrentThreadCpuTime();
        worker.total(request, 0, rows.iterator(), Device.cpu());
        millis[i][round] = (threads.getCurrentThreadCpuTime() - started) * 1e-6;
      }
    }
    for (int i = 0; i < BLOCKS.length; i++) {
      double[] late = Arrays.copyOfRange(millis[i], 2, ROUNDS);
      Arrays.sort(late);
      System.out.printf(
          Locale.ROOT,
          "BLOCKS\t%s\t%s\t%d rows\t%.1f ms (%.1f–%.1f)%n",
          network,
          name,
          BLOCKS[i],
          late[late.length / 2],
          late[0],
          late[late.length - 1]);
    }
  }

  private static TrainingSettings settings(Objective objective, int blockRows) {
    return new TrainingSettings(
        objective,
        new Adam(0.9, 0.999, 1e-8),
        Schedule.of(1e-4),
        ROUNDS,
        ROWS,
        1,
        Optional.empty(),
        0,
        blockRows,
        0);
  }
}
