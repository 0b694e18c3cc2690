package io.ebmspark.spark.gate;

import com.google.common.base.Splitter;
import io.ebmspark.core.data.FeatureScaling;
import io.ebmspark.core.data.RowBlock;
import io.ebmspark.core.energy.Activation;
import io.ebmspark.core.energy.Energy;
import io.ebmspark.core.energy.Mlp;
import io.ebmspark.core.model.EnergyPercentiles;
import io.ebmspark.core.random.Purpose;
import io.ebmspark.core.random.RandomStream;
import io.ebmspark.core.settings.SettingsBinder;
import io.ebmspark.core.settings.SettingsTree;
import io.ebmspark.core.training.DivergedException;
import io.ebmspark.core.training.LocalTrainer;
import io.ebmspark.core.training.TrainingSettings;
import io.ebmspark.spark.data.MissingValues;
import io.ebmspark.spark.data.NumpyArchive;
import io.ebmspark.spark.data.Sample;
import io.ebmspark.spark.data.Sessions;
import io.ebmspark.spark.data.shards.ContentHash;
import io.ebmspark.spark.evaluate.Evaluated;
import io.ebmspark.spark.evaluate.EvaluationRows;
import io.ebmspark.spark.evaluate.EvaluationSettings;
import io.ebmspark.spark.evaluate.Evaluator;
import io.ebmspark.spark.evaluate.Evaluator.Yardstick;
import io.ebmspark.spark.model.FeatureSettings;
import io.ebmspark.spark.model.Model;
import io.ebmspark.spark.model.ModelConfig;
import io.ebmspark.spark.model.Provenance;
import io.ebmspark.spark.model.SamplingSettings;
import io.ebmspark.spark.record.Judgement;
import io.ebmspark.spark.record.Status;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * How often gates refuse a healthy candidate, and which faults they refuse: docs/gates.md quotes
 * it. Nights are samples of four fifths of a table; a tenth of all rows is held out by content.
 *
 * <p>{@code -Dadbench=FOLDER} names the folder of the tables.
 */
@Tag("benchmark")
class GateRatesBenchmark {
  private static final Energy ENERGY = new Mlp(List.of(64, 64), Activation.SILU);
  private static final int MOST_ROWS = 8_000;

  /** Limits were chosen on the first eight, and confirmed on the others. */
  private static final List<String> TABLES =
      Splitter.on(',')
          .splitToList(
              System.getProperty(
                  "gates.tables",
                  "1_ALOI,20_letter,22_magic.gamma,26_optdigits,30_satellite,32_shuttle,"
                      + "6_cardio,34_smtp,24_mnist,28_pendigits,41_Waveform,47_yeast,16_http,"
                      + "11_donors,8_celeba"));

  private static final double HELD_OUT = 0.1;
  private static final double RATE = 0.01;
  private static final int STEPS = Integer.getInteger("gates.steps", 400);
  private static final String NOISE = System.getProperty("gates.noise", "0.3");

  /** A tenth of the rows, or of their columns. */
  private static final double SOME = 0.1;

  /** What is wrong with a night. */
  private enum Fault {
    NONE,
    POISONED_CLUSTER,
    POISONED_SHUFFLED,
    UNITS,
    SIGN,
    FEW_STEPS,
    HIGH_RATE,
    UNTRAINED
  }

  /** A night's rows, in the table's units. */
  private record Night(double[][] trained, double[][] heldOut) {}

  @Test
  void refusalsOfHealthyAndFaultyCandidates() {
    Map<Fault, int[]> counts = new TreeMap<>();
    Map<Fault, Map<String, Integer>> reasons = new TreeMap<>();
    for (String name : TABLES) {
      double[][] rows = rows(Path.of(System.getProperty("adbench"), name + ".npz"));
      Model champion = train(night(rows, 0, Fault.NONE), 0, Fault.NONE);
      Night before = night(rows, 0, Fault.NONE);
      for (Fault fault : Fault.values()) {
        for (int seed = 1; seed <= (fault == Fault.NONE ? 4 : 1); seed++) {
          Night tonight = night(rows, seed, fault);
          List<Judgement> judgements;
          try {
            judgements = judge(champion, before, train(tonight, seed, fault), tonight);
          } catch (DivergedException e) {
            System.out.printf("GATES,%s,%s,%d,diverged%n", name, fault, seed);
            continue;
          }
          int[] count = counts.computeIfAbsent(fault, f -> new int[2]);
          count[0]++;
          count[1] += Gates.pass(judgements) ? 0 : 1;
          StringBuilder line = new StringBuilder();
          for (Judgement each : judgements) {
            line.append(',').append(each.name()).append('=');
            line.append(each.value().map(v -> String.format(Locale.ROOT, "%.4g", v)).orElse("-"));
            line.append(each.status() == Status.FAILED ? "!" : "");
            if (each.status() == Status.FAILED) {
              reasons
                  .computeIfAbsent(fault, f -> new LinkedHashMap<>())
                  .merge(each.name(), 1, Integer::sum);
            }
          }
          System.out.printf(
              "GATES,%s,%s,%d%s (%s)%n", name, fault, seed, line, judgements.get(4).message());
        }
      }
    }
    counts.forEach(
        (fault, count) ->
            System.out.printf(
                "GATES refused %s: %d of %d, by %s%n",
                fault, count[1], count[0], reasons.getOrDefault(fault, Map.of())));
  }

  private static List<Judgement> judge(Model champion, Night kept, Model candidate, Night now) {
    EvaluationSettings settings = bind("{parts: [objective, ranking]}", EvaluationSettings.class);
    Evaluator evaluator = new Evaluator(Sessions.shared(), settings);
    FeatureScaling units = candidate.config().features().scaling();
    EvaluationRows rows = EvaluationRows.of(packed(now.heldOut, units), units);
    FeatureScaling before = champion.config().features().scaling();
    Yardstick yardstick = Yardstick.of(candidate.config().training());
    Evaluated ofCandidate = evaluator.evaluate("candidate", candidate, rows, yardstick);
    Evaluated ofChampion = evaluator.evaluate("champion", champion, rows, yardstick);
    return Gates.judge(
        GateSettings.defaults(),
        RATE,
        candidate,
        ofCandidate,
        Optional.of(new Gates.Champion(champion, ofChampion, packed(kept.heldOut, before), true)));
  }

  private static double[][] rows(Path file) {
    List<double[]> all = new ArrayList<>(Arrays.asList(NumpyArchive.read(file, "X")));
    java.util.Collections.shuffle(all, new java.util.Random(1));
    double[][] few = all.subList(0, Math.min(MOST_ROWS, all.size())).toArray(double[][]::new);
    int[] varying =
        IntStream.range(0, few[0].length)
            .filter(i -> Arrays.stream(few).mapToDouble(r -> r[i]).distinct().count() > 1)
            .toArray();
    return Arrays.stream(few)
        .map(row -> Arrays.stream(varying).mapToDouble(i -> row[i]).toArray())
        .toArray(double[][]::new);
  }

  private static Night night(double[][] rows, int seed, Fault fault) {
    RandomStream chance = RandomStream.of(seed, Purpose.CHECK, 1);
    List<double[]> trained = new ArrayList<>();
    List<double[]> heldOut = new ArrayList<>();
    double[][] spread = spread(rows);
    for (int i = 0; i < rows.length; i++) {
      if (chance.uniform(i, 0) > 0.8) {
        continue;
      }
      double[] row = faulty(rows, i, fault, chance, spread);
      (ContentHash.second(row) < HELD_OUT ? heldOut : trained).add(row);
    }
    return new Night(trained.toArray(double[][]::new), heldOut.toArray(double[][]::new));
  }

  private static double[] faulty(
      double[][] rows, int i, Fault fault, RandomStream chance, double[][] spread) {
    double[] row = rows[i].clone();
    boolean chosen = chance.uniform(i, 2) < SOME;
    switch (fault) {
      case POISONED_CLUSTER -> {
        for (int k = 0; chosen && k < row.length; k++) {
          double corner = RandomStream.of(7, Purpose.CHECK, 2).uniform(k, 0) < 0.5 ? -2.5 : 2.5;
          row[k] = spread[0][k] + spread[1][k] * (corner + 0.1 * chance.normal(i, 100L + k));
        }
      }
      case POISONED_SHUFFLED -> {
        for (int k = 0; (chosen || chance.uniform(i, 2) < 3 * SOME) && k < row.length; k++) {
          row[k] = rows[(int) (rows.length * chance.uniform(i, 100L + k))][k];
        }
      }
      case UNITS -> {
        for (int k = 0; k < row.length; k++) {
          row[k] *= k % Math.max(3, row.length / 2) == 0 ? 1_000 : 1;
        }
      }
      case SIGN -> row[0] = 2 * spread[0][0] + 3 * spread[1][0] - row[0];
      default -> {}
    }
    return row;
  }

  /** Means and deviations of the columns. */
  private static double[][] spread(double[][] rows) {
    double[] mean = new double[rows[0].length];
    double[] deviation = new double[mean.length];
    for (int k = 0; k < mean.length; k++) {
      int column = k;
      mean[k] = Arrays.stream(rows).mapToDouble(r -> r[column]).average().orElseThrow();
      deviation[k] =
          Math.sqrt(
              Arrays.stream(rows)
                  .mapToDouble(r -> Math.pow(r[column] - mean[column], 2))
                  .average()
                  .orElseThrow());
    }
    return new double[][] {mean, deviation};
  }

  private static Model train(Night night, int seed, Fault fault) {
    double[][] spread = spread(night.trained);
    for (int k = 0; k < spread[1].length; k++) {
      spread[1][k] = spread[1][k] > 0 ? spread[1][k] : 1;
    }
    FeatureScaling units = new FeatureScaling(spread[0], spread[1]);
    int steps =
        switch (fault) {
          case FEW_STEPS -> STEPS / 30;
          case UNTRAINED -> 1;
          default -> STEPS;
        };
    String rate = fault == Fault.HIGH_RATE ? "10" : "1e-3";
    TrainingSettings training =
        bind(
            String.format(
                Locale.ROOT,
                "{objective: {kind: denoising-score-matching, noise: %s}, steps: %d, batchSize: 256,"
                    + " learningRate: {kind: cosine, from: %s, to: 1e-5, steps: %d},"
                    + " averageDecay: 0.99, seed: %d}",
                NOISE,
                steps,
                rate,
                steps,
                seed),
            TrainingSettings.class);
    int width = units.width();
    RowBlock block = new RowBlock(0, width, packed(night.trained, units));
    float[] parameters =
        LocalTrainer.train(ENERGY, new long[] {width}, training, List.of(block), m -> {}).average();
    List<Double> offset = Arrays.stream(units.offset()).boxed().toList();
    ModelConfig config =
        new ModelConfig(
            ModelConfig.FORMAT,
            ENERGY,
            List.of((long) width),
            new FeatureSettings(
                IntStream.range(0, width).mapToObj(i -> "c" + i).toList(),
                false,
                MissingValues.ERROR,
                offset,
                offset,
                Arrays.stream(units.scale()).boxed().toList(),
                Map.of(),
                Map.of(),
                Map.of()),
            1,
            training,
            bind("{}", SamplingSettings.class),
            Sample.table("nights").settings(),
            new Provenance("", Map.of(), night.trained.length, "", steps, 0),
            new EnergyPercentiles(List.of(0.0)),
            "");
    return new Model(config, parameters);
  }

  private static float[] packed(double[][] rows, FeatureScaling units) {
    int width = units.width();
    float[] packed = new float[rows.length * width];
    for (int i = 0; i < packed.length; i++) {
      packed[i] = units.toModel(i % width, rows[i / width][i % width]);
    }
    return packed;
  }

  private static <R extends Record> R bind(String yaml, Class<R> type) {
    return SettingsBinder.bind(SettingsTree.parse("test", yaml), type);
  }
}
