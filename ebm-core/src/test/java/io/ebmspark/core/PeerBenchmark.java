package io.ebmspark.core;

import ai.djl.Device;
import io.ebmspark.core.data.RowBlock;
import io.ebmspark.core.data.Shapes;
import io.ebmspark.core.energy.Activation;
import io.ebmspark.core.energy.Conv;
import io.ebmspark.core.energy.Energy;
import io.ebmspark.core.energy.Gaussian;
import io.ebmspark.core.energy.Mlp;
import io.ebmspark.core.energy.NoiseLevels;
import io.ebmspark.core.energy.SpectralNorm;
import io.ebmspark.core.energy.Transformer;
import io.ebmspark.core.engine.Tensor;
import io.ebmspark.core.model.RowEnergies;
import io.ebmspark.core.objective.ContrastiveDivergence;
import io.ebmspark.core.objective.DenoisingScoreMatching;
import io.ebmspark.core.objective.LevelDenoising;
import io.ebmspark.core.objective.Objective;
import io.ebmspark.core.objective.Probe;
import io.ebmspark.core.objective.SlicedScoreMatching;
import io.ebmspark.core.optimizer.Adam;
import io.ebmspark.core.random.Purpose;
import io.ebmspark.core.random.RandomStream;
import io.ebmspark.core.sampler.ChainNoise;
import io.ebmspark.core.sampler.Hmc;
import io.ebmspark.core.sampler.Langevin;
import io.ebmspark.core.sampler.Mala;
import io.ebmspark.core.sampler.Nesterov;
import io.ebmspark.core.sampler.Sampler;
import io.ebmspark.core.sampler.StepInfo;
import io.ebmspark.core.schedule.Schedule;
import io.ebmspark.core.training.LocalTrainer;
import io.ebmspark.core.training.TrainingSettings;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The workloads that {@code peers.py} times other libraries on, on one thread; {@code
 * scripts/benchmark} runs both in turn and prints the table of docs/performance.md.
 */
@Tag("benchmark")
class PeerBenchmark {
  private static final Energy SMALL = new Mlp(List.of(64, 64), Activation.SELU);
  private static final Sampler CHAIN = new Langevin(Schedule.of(0.01), Schedule.of(0.2));

  @ParameterizedTest
  @CsvSource({"128, 2000", "4096, 200"})
  void contrastiveDivergence(int batch, int steps) {
    Objective cd = new ContrastiveDivergence(10, CHAIN, 1e-3);
    step("CD-10, MLP, batch " + batch, SMALL, new long[] {2}, cd, batch, steps);
  }

  @Test
  void denoisingScoreMatching() {
    Objective dsm = new DenoisingScoreMatching(Schedule.of(0.1));
    step("denoising SM, MLP, batch 512", SMALL, new long[] {2}, dsm, 512, 2_000);
  }

  @Test
  void slicedScoreMatching() {
    Objective ssm = new SlicedScoreMatching(1, Probe.RADEMACHER, 0);
    step("sliced SM, MLP, batch 512", SMALL, new long[] {2}, ssm, 512, 1_500);
  }

  @ParameterizedTest
  @CsvSource({"512, 400", "4096, 60"})
  void tables(int batch, int steps) {
    Energy network = new Mlp(List.of(256, 256), Activation.SILU);
    Map<String, Objective> objectives = new LinkedHashMap<>();
    objectives.put("denoising SM", new DenoisingScoreMatching(Schedule.of(0.1)));
    objectives.put("sliced SM", new SlicedScoreMatching(1, Probe.RADEMACHER, 0));
    objectives.put("CD-10", new ContrastiveDivergence(10, CHAIN, 1e-3));
    objectives.forEach(
        (name, objective) ->
            step(
                name + ", MLP 32-256-256-1 SiLU, batch " + batch,
                network,
                new long[] {32},
                objective,
                batch,
                steps));
  }

  @Test
  void images() {
    Energy conv =
        new Conv(
            List.of(32, 32, 64, 64, 128, 128), List.of(1, 2, 1, 2, 1, 2), 128, Activation.SELU);
    Objective cd = new ContrastiveDivergence(20, CHAIN, 1e-3);
    step("CD-20, conv 28×28, batch 64", conv, new long[] {1, 28, 28}, cd, 64, 12);
    Energy smooth =
        new Conv(
            List.of(32, 32, 64, 64, 128, 128), List.of(1, 2, 1, 2, 1, 2), 128, Activation.SILU);
    Objective dsm = new DenoisingScoreMatching(Schedule.of(0.1));
    String what = "denoising SM, conv 28×28 SiLU, batch 64";
    step(what, smooth, new long[] {1, 28, 28}, dsm, 64, 24);
  }

  @Test
  void sequences() {
    Energy transformer = new Transformer(32, 4, 2, 64, 4, Activation.GELU);
    Objective dsm = new DenoisingScoreMatching(Schedule.of(0.1));
    Objective cd = new ContrastiveDivergence(10, CHAIN, 1e-3);
    long[] shape = {16, 8};
    Objective ssm = new SlicedScoreMatching(1, Probe.RADEMACHER, 0);
    step("denoising SM, transformer, 16 tokens of 8, batch 128", transformer, shape, dsm, 128, 80);
    step("sliced SM, transformer, 16 tokens of 8, batch 128", transformer, shape, ssm, 128, 60);
    step("CD-10, transformer, 16 tokens of 8, batch 128", transformer, shape, cd, 128, 40);
  }

  @Test
  void langevin() {
    int chains = 10_000;
    float[] states = normals(2 * chains);
    try (RowEnergies open = open(SMALL, 2)) {
      median(
          "Langevin step, 10 000 chains",
          30,
          0.1,
          () -> {
            for (int from = 0; from < chains; from += RowEnergies.BLOCK_ROWS) {
              int to = Math.min(chains, from + RowEnergies.BLOCK_ROWS);
              ChainNoise noise =
                  ChainNoise.of(0, Purpose.SAMPLING, 0, LongStream.range(from, to).toArray());
              float[] block = java.util.Arrays.copyOfRange(states, 2 * from, 2 * to);
              open.run(CHAIN, block, 10, noise, Sampler.Observer.NONE);
            }
          });
    }
  }

  @Test
  void scoring() {
    float[] rows = normals(4_096 * 64);
    try (RowEnergies open = open(new Mlp(List.of(256, 256), Activation.SELU), 64)) {
      median("scoring 4 096 rows, MLP 64-256-256-1", 200, 1, () -> open.energies(rows));
    }
  }

  @Test
  void tablesWithoutTuning() {
    List<Double> noise = List.of(0.1, 0.6, 2.0, 4.0);
    Mlp network = new Mlp(List.of(128, 128), Activation.SILU);
    for (boolean discrepancy : new boolean[] {false, true}) {
      step(
          "noise levels, 32-128-128, batch 256" + (discrepancy ? ", with discrepancy" : ""),
          new NoiseLevels(network, noise, 0, discrepancy),
          new long[] {32},
          new LevelDenoising(),
          256,
          600);
    }
    float[] rows = normals(4_096 * 32);
    for (int neighbours : new int[] {0, 2_048, 4_096}) {
      Energy energy = new NoiseLevels(network, noise, neighbours, false);
      float[] fresh = energy.parameters(32).initialise(1);
      float[] settled = energy.settle(fresh, rows, 32);
      try (RowEnergies open = new RowEnergies(energy, new long[] {32}, settled, Device.cpu())) {
        String what = "scoring 4 096 rows of 32, noise levels, " + neighbours + " neighbours";
        median(what, 40, 1, () -> open.energies(rows));
      }
    }
  }

  @Test
  void metropolisAdjustedChains() {
    Energy wide = new Mlp(List.of(128, 128), Activation.SILU);
    Sampler mala = new Mala(Schedule.of(0.01), Schedule.of(1));
    Objective cd = new ContrastiveDivergence(10, mala, 1e-3);
    step("CD-10 with MALA, MLP 128, batch 256", wide, new long[] {2}, cd, 256, 600);
    Energy conv = new Conv(List.of(8, 8), List.of(1, 2), 16, Activation.SILU);
    Objective images = new ContrastiveDivergence(10, mala, 1e-3);
    step("CD-10 with MALA, conv 8×8, batch 64", conv, new long[] {1, 8, 8}, images, 64, 100);
    Objective hmc = new ContrastiveDivergence(2, new Hmc(Schedule.of(0.05), 3, 1), 1e-3);
    step("CD-2 with HMC, MLP 64, batch 256", SMALL, new long[] {2}, hmc, 256, 400);
  }

  @Test
  void watchedChains() {
    double[] accepted = new double[1];
    Sampler.Observer marks = // as often as a table's chains are looked at
        new Sampler.Observer() {
          @Override
          public int next(int done) {
            return done + 10;
          }

          @Override
          public void onStep(int done, Tensor position, StepInfo info) {
            accepted[0] += info.accepted().orElseThrow().sum().toDouble();
          }
        };
    float[] states = normals(2 * 512);
    ChainNoise noise = ChainNoise.of(0, Purpose.SAMPLING, 0, LongStream.range(0, 512).toArray());
    Sampler mala = new Mala(Schedule.of(0.01), Schedule.of(1));
    try (RowEnergies open = open(SMALL, 2)) {
      median(
          "MALA, 512 chains, acceptance counted, a step",
          10,
          1e-3,
          () -> open.run(mala, states, 1_000, noise, marks));
    }
  }

  @Test
  void covarianceOfAHundredFeatures() {
    List<List<Double>> covariance = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      List<Double> row = new ArrayList<>(Collections.nCopies(100, 0.1));
      row.set(i, 1.0);
      covariance.add(row);
    }
    Energy gaussian = new Gaussian(Collections.nCopies(100, 0.0), covariance);
    float[] rows = normals(100 * 64);
    try (RowEnergies open = open(gaussian, 100)) {
      median("energies of 64 rows, gaussian d = 100", 2_000, 1, () -> open.energies(rows));
      ChainNoise noise = ChainNoise.of(0, Purpose.SAMPLING, 0, LongStream.range(0, 64).toArray());
      Sampler nesterov = new Nesterov(Schedule.of(0.01), 0.9, Optional.empty(), Optional.empty());
      median(
          "Nesterov step, 64 chains, gaussian d = 100",
          40,
          0.01,
          () -> open.run(nesterov, rows, 100, noise, Sampler.Observer.NONE));
      float[] few = normals(64 * 8);
      Energy bounded = new SpectralNorm(SMALL, 10);
      try (RowEnergies normed = open(bounded, 8)) {
        median(
            "Nesterov step, 64 chains, spectral-norm MLP 64",
            40,
            0.01,
            () -> normed.run(nesterov, few, 100, noise, Sampler.Observer.NONE));
      }
    }
  }

  private static RowEnergies open(Energy energy, int width) {
    long[] shape = {width};
    return new RowEnergies(energy, shape, energy.parameters(shape).initialise(0), Device.cpu());
  }

  private static float[] normals(int count) {
    float[] values = new float[count];
    RandomStream.of(0, Purpose.EVALUATION, 0).normals(0, 0, values, 0, count);
    return values;
  }

  private static void step(
      String workload, Energy energy, long[] shape, Objective objective, int batch, int steps) {
    TrainingSettings settings =
        new TrainingSettings(
            objective,
            new Adam(0.9, 0.999, 1e-8),
            Schedule.of(1e-4),
            steps,
            batch,
            1,
            Optional.empty(),
            0,
            512,
            0);
    int width = Shapes.width(shape);
    RowBlock rows = new RowBlock(0, width, normals(batch * width));
    List<Double> seconds = new ArrayList<>();
    LocalTrainer.train(energy, shape, settings, List.of(rows), m -> seconds.add(m.seconds()));
    report(workload, seconds.subList(steps / 4, steps));
  }

  private static void median(String workload, int runs, double scale, Runnable work) {
    List<Double> seconds = new ArrayList<>();
    for (int i = 0; i < runs; i++) {
      long started = System.nanoTime();
      work.run();
      seconds.add(scale * 1e-9 * (System.nanoTime() - started));
    }
    report(workload, seconds.subList(runs / 4, runs));
  }

  private static void report(String workload, List<Double> seconds) {
    List<Double> sorted = new ArrayList<>(seconds);
    Collections.sort(sorted);
    System.out.printf(
        Locale.ROOT, "BENCHMARK\t%s\tebm\t%.3f%n", workload, 1e3 * sorted.get(sorted.size() / 2));
  }
}
