package io.ebmspark.core.training;

import ai.djl.Device;
import ai.djl.ndarray.types.DataType;
import io.ebmspark.core.energy.Activation;
import io.ebmspark.core.energy.Energy;
import io.ebmspark.core.energy.Mlp;
import io.ebmspark.core.energy.ParameterLayout;
import io.ebmspark.core.energy.PreparedEnergy;
import io.ebmspark.core.energy.Weights;
import io.ebmspark.core.engine.Tensor;
import io.ebmspark.core.engine.TensorScope;
import io.ebmspark.core.objective.Batch;
import io.ebmspark.core.objective.ContrastiveDivergence;
import io.ebmspark.core.objective.Losses;
import io.ebmspark.core.optimizer.Adam;
import io.ebmspark.core.random.Purpose;
import io.ebmspark.core.random.RandomStream;
import io.ebmspark.core.sampler.Langevin;
import io.ebmspark.core.sampler.Sampler;
import io.ebmspark.core.schedule.Schedule;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Where the microseconds of a contrastive-divergence step go, in processor time of its one thread;
 * docs/performance.md has the table.
 */
@Tag("benchmark")
class StepProfileBenchmark {
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();
  private static final int ROUNDS = 1_200;

  private final Map<String, long[]> nanos = new LinkedHashMap<>();
  private int round;
  private long last;

  @ParameterizedTest
  @CsvSource({"2, 64, SELU, 128", "2, 64, SELU, 512", "32, 256, SILU, 512"})
  void contrastiveDivergence(int features, int width, Activation activation, int rows) {
    Energy energy = new Mlp(List.of(width, width), activation);
    Sampler sampler = new Langevin(Schedule.of(0.01), Schedule.of(0.2));
    ContrastiveDivergence objective = new ContrastiveDivergence(10, sampler, 1e-3);
    TrainingSettings settings =
        new TrainingSettings(
            objective,
            new Adam(0.9, 0.999, 1e-8),
            Schedule.of(1e-4),
            ROUNDS,
            rows,
            1,
            Optional.empty(),
            0,
            512,
            0);
    long[] shape = {features};
    float[] values = new float[rows * features];
    RandomStream.of(0, Purpose.EVALUATION, 0).normals(0, 0, values, 0, values.length);
    GradientWorker worker = new GradientWorker(energy, shape, settings, rows);
    ParameterLayout layout = energy.parameters(shape);
    TrainingState state = TrainingState.initial(layout.initialise(0), settings.optimizer());
    long[] indices = LongStream.range(0, rows).toArray();
    for (round = 0; round < ROUNDS; round++) {
      last = THREADS.getCurrentThreadCpuTime();
      worker.plan().part(round, 0, rows);
      part("find the batch's rows");
      try (TensorScope scope = TensorScope.open(Device.cpu(), DataType.FLOAT32)) {
        Tensor parameters = scope.leaf(state.parameters(), layout.size());
        PreparedEnergy prepared = energy.prepare(Weights.of(layout, parameters));
        part("upload and view the parameters");
        float[] gradient = new float[layout.size()];
        try (TensorScope work = scope.child()) {
          Tensor data = work.upload(values, rows, features);
          Batch batch = new Batch(data, indices, null, 0, round);
          part("upload the rows");
          sampler.run(prepared, data, 10, batch.noise(Purpose.CHAIN_NOISE));
          part("a chain of 10 steps, by itself");
          Losses losses = objective.losses(prepared, batch);
          part("chain, energies and losses");
          losses.perRow().toDoubles();
          losses.report().values().forEach(Tensor::toDoubles);
          part("losses and reports to Java");
          Tensor found = losses.gradient(parameters);
          part("gradient");
          found.copyTo(gradient);
          part("gradient to Java");
        }
        part("free the block's tensors");
        state.advance(settings, gradient);
        part("a step of Adam and the average");
      }
      part("free the parameters");
    }
    report(features + "-" + width + "-" + width + "-1, " + rows + " rows");
  }

  private void part(String name) {
    long now = THREADS.getCurrentThreadCpuTime();
    nanos.computeIfAbsent(name, any -> new long[ROUNDS])[round] = now - last;
    last = THREADS.getCurrentThreadCpuTime();
  }

  private void report(String workload) {
    nanos.forEach(
        (name, times) -> {
          long[] late = Arrays.copyOfRange(times, ROUNDS / 3, ROUNDS);
          Arrays.sort(late);
          System.out.printf(
              Locale.ROOT,
              "PROFILE\t%s\t%s\t%.1f µs (%.1f–%.1f)%n",
              workload,
              name,
              late[late.length / 2] * 1e-3,
              late[late.length / 4] * 1e-3,
              late[3 * late.length / 4] * 1e-3);
        });
    nanos.clear();
  }
}
