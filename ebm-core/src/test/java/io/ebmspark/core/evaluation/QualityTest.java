package io.ebmspark.core.evaluation;

import ai.djl.Device;
import io.ebmspark.core.data.RowBlock;
import io.ebmspark.core.energy.Energy;
import io.ebmspark.core.model.RowEnergies;
import io.ebmspark.core.objective.Objective;
import io.ebmspark.core.optimizer.Adam;
import io.ebmspark.core.random.Purpose;
import io.ebmspark.core.random.RandomStream;
import io.ebmspark.core.sampler.ChainNoise;
import io.ebmspark.core.sampler.Sampler;
import io.ebmspark.core.sampler.StartNoise;
import io.ebmspark.core.schedule.Schedule;
import io.ebmspark.core.synthetic.GaussianMixture;
import io.ebmspark.core.synthetic.SyntheticData;
import io.ebmspark.core.synthetic.TwoMoons;
import io.ebmspark.core.training.LocalTrainer;
import io.ebmspark.core.training.TrainingSettings;
import io.ebmspark.core.training.TrainingState;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;

/**
 * The quality of trained models on two toy sets, five seeds each: the figures of docs/results.md.
 */
@Tag("long")
class QualityTest {
  private static final int SEEDS = 5;
  private static final int ROWS = 2_000;
  private static final int DRAWN = 10_000;
  private static final long[] SHAPE = {2};

  static final Map<String, SyntheticData> DATA =
      Map.of("moons", new TwoMoons(0.05), "mixture", new GaussianMixture(5, 0.1, 1.5));

  /** How a model is trained, and how it is drawn from. */
  record Recipe(
      Energy energy,
      Objective objective,
      Schedule learningRate,
      int steps,
      int batch,
      Optional<Double> clip,
      double averageDecay,
      Sampler sampler,
      int drawSteps) {}

  /** One model's figures. */
  record Figures(
      double sw1, double likelihood, double auroc, double auprc, double missed, double seconds) {}

  static List<Figures> runs(String name, Recipe recipe, int seeds) {
    List<Figures> runs = new ArrayList<>();
    for (int seed = 0; seed < seeds; seed++) {
      runs.add(run(DATA.get(name), recipe, seed));
    }
    return runs;
  }

  private static Figures run(SyntheticData data, Recipe recipe, long seed) {
    TrainingSettings settings =
        new TrainingSettings(
            recipe.objective,
            new Adam(0.9, 0.999, 1e-8),
            recipe.learningRate,
            recipe.steps,
            recipe.batch,
            2,
            recipe.clip,
            recipe.averageDecay,
            512,
            seed);
    Energy energy = recipe.energy;
    RowBlock rows = new RowBlock(0, 2, data.rows(ROWS, seed));
    long started = System.nanoTime();
    TrainingState state = LocalTrainer.train(energy, SHAPE, settings, List.of(rows), m -> {});
    double seconds = (System.nanoTime() - started) * 1e-9;
    float[] fresh = data.rows(DRAWN, 1_000 + seed);
    try (RowEnergies open = new RowEnergies(energy, SHAPE, state.average(), Device.cpu())) {
      float[] drawn = draw(open, recipe.sampler, recipe.drawSteps, seed);
      double temperature = settings.objective().temperature();
      double likelihood =
          GridLikelihood.standard(open::energies, temperature).negativeLogLikelihood(fresh);
      float[] uniform = new float[2 * DRAWN];
      RandomStream.of(seed, Purpose.EVALUATION, 1).uniforms(0, 0, uniform, 0, uniform.length);
      for (int i = 0; i < uniform.length; i++) {
        uniform[i] = 6 * uniform[i] - 3;
      }
      float[] ofData = open.energies(fresh);
      float[] ofUniform = open.energies(uniform);
      return new Figures(
          SlicedWasserstein.distance(drawn, fresh, 2, 500, seed),
          likelihood,
          Auroc.of(ofData, ofUniform),
          AveragePrecision.of(ofData, ofUniform),
          FalsePositiveRate.at(0.95, ofData, ofUniform),
          seconds);
    }
  }

  private static float[] draw(RowEnergies open, Sampler sampler, int steps, long seed) {
    float[] drawn = new float[2 * DRAWN];
    for (int from = 0; from < DRAWN; from += 500) {
      long[] chains = new long[500];
      for (int i = 0; i < chains.length; i++) {
        chains[i] = from + i;
      }
      ChainNoise starts = ChainNoise.of(seed, Purpose.SAMPLING_START, 0, chains);
      float[] states = open.starts(StartNoise.NORMAL, 1, starts);
      ChainNoise noise = ChainNoise.of(seed, Purpose.SAMPLING, 0, chains);
      System.arraycopy(
          open.run(sampler, states, steps, noise, (n, a, b) -> {}), 0, drawn, 2 * from, 1_000);
    }
    return drawn;
  }

  static double median(List<Double> values) {
    return values.stream().sorted().toList().get(values.size() / 2);
  }

  private static void report(String method, String data, List<Figures> runs) {
    Map<String, List<Double>> columns = new TreeMap<>();
    for (Figures run : runs) {
      columns.computeIfAbsent("SW1", k -> new ArrayList<>()).add(run.sw1());
      columns.computeIfAbsent("NLL", k -> new ArrayList<>()).add(run.likelihood());
      columns.computeIfAbsent("AUROC", k -> new ArrayList<>()).add(run.auroc());
      columns.computeIfAbsent("AUPR", k -> new ArrayList<>()).add(run.auprc());
      columns.computeIfAbsent("FPR@95", k -> new ArrayList<>()).add(run.missed());
      columns.computeIfAbsent("seconds", k -> new ArrayList<>()).add(run.seconds());
    }
    columns.forEach(
        (name, values) ->
            System.out.printf(
                Locale.ROOT,
                "QUALITY %s %s %s median %.3f of %s%n",
                method,
                data,
                name,
                median(values),
                values.stream().map(v -> String.format(Locale.ROOT, "%.3f", v)).toList()));
  }
}
