package io.ebmspark.core.training;

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
import io.ebmspark.core.sampler.Langevin;
import io.ebmspark.core.schedule.Schedule;
import io.ebmspark.core.synthetic.TwoMoons;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Milliseconds a training step on one thread: the workloads other libraries are timed on. */
@Tag("benchmark")
class StepTimeBenchmark {
  @ParameterizedTest
  @CsvSource({"CD-10, 128", "CD-10, 4096", "DSM, 512", "SSM, 512"})
  void step(String method, int batch) {
    Objective objective =
        switch (method) {
          case "CD-10" ->
              new ContrastiveDivergence(10, new Langevin(Schedule.of(0.01), Schedule.of(1)), 0.01);
          case "SSM" -> new SlicedScoreMatching(1, Probe.RADEMACHER, 0);
          default -> new DenoisingScoreMatching(Schedule.of(0.1));
        };
    Energy energy = new Mlp(List.of(64, 64), Activation.SELU);
    int steps = batch > 1_000 ? 200 : 2_000;
    TrainingSettings settings =
        new TrainingSettings(
            objective,
            new Adam(0.9, 0.999, 1e-8),
            Schedule.of(1e-3),
            steps,
            batch,
            1,
            Optional.empty(),
            0,
            512,
            0);
    RowBlock rows = new RowBlock(0, 2, new TwoMoons(0.05).rows(Math.max(batch, 2_000), 0));
    List<Double> seconds = new ArrayList<>();
    LocalTrainer.train(
        energy, new long[] {2}, settings, List.of(rows), m -> seconds.add(m.seconds()));
    List<Double> late = new ArrayList<>(seconds.subList(steps / 4, steps));
    Collections.sort(late);
    System.out.printf(
        Locale.ROOT,
        "STEP %s, batch %d: %.3f ms (median of %d)%n",
        method,
        batch,
        1e3 * late.get(late.size() / 2),
        late.size());
  }
}
