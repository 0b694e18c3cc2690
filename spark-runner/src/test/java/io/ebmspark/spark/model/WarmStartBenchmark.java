package io.ebmspark.spark.model;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import io.ebmspark.core.data.RowBlock;
import io.ebmspark.core.energy.Activation;
import io.ebmspark.core.energy.Energy;
import io.ebmspark.core.energy.Mlp;
import io.ebmspark.core.evaluation.Auroc;
import io.ebmspark.core.model.RowEnergies;
import io.ebmspark.core.settings.SettingsBinder;
import io.ebmspark.core.settings.SettingsTree;
import io.ebmspark.core.training.HeldOutLoss;
import io.ebmspark.core.training.LocalTrainer;
import io.ebmspark.core.training.TrainingSettings;
import io.ebmspark.core.training.TrainingState;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * How many steps a night needs that begins with the weights of the night before. The tables are
 * ADBench's; {@code -Dadbench=FOLDER} says where. Settings were chosen on pendigits, satellite,
 * magic.gamma and cardio.
 *
 * <p>Two kinds of night. <em>Same</em>: last night's rows are half of the usual ones, tonight's
 * another half, half of it new. <em>Moved</em>: rows are ranked along a random direction; one is
 * tonight's, by chance, the more likely the higher its rank, and else last night's, so no row is
 * both. Rows to judge on are as tonight's, and neither night's; all columns are in last night's
 * units.
 */
@Tag("benchmark")
class WarmStartBenchmark {
  private static final Energy ENERGY = new Mlp(List.of(64, 64), Activation.SILU);
  private static final List<String> TABLES =
      List.of("41_Waveform", "47_yeast", "20_letter", "32_shuttle", "11_donors");

  private static final String FALLING = "{kind: cosine, from: 1e-3, to: 1e-5, steps: N}";
  private static final int STEPS = 2_000;
  private static final int SEEDS = 3;
  private static final int MOST_ROWS = 20_000;
  private static final int MOST_JUDGED = 5_000;

  private static final String TRAINING =
      """
      objective: {kind: denoising-score-matching, noise: 0.3}
      learningRate: %s
      steps: %d
      seed: %d
      """;

  private static TrainingSettings settings(String rate, long steps, long seed) {
    String yaml = TRAINING.formatted(rate.replace("N", Long.toString(steps)), steps, seed);
    return SettingsBinder.bind(SettingsTree.parse("training", yaml), TrainingSettings.class);
  }

  private static TrainingSettings warm(TrainingSettings full, String share) {
    return SettingsBinder.bind(
            SettingsTree.parse("warmStart", "share: " + share), StartSettings.class)
        .training(full);
  }

  /** Rows in last night's units, packed. */
  private record Nights(
      int width, float[] yesterday, float[] tonight, float[] usual, float[] anomalies) {
    static Nights of(Path file, boolean moved, int seed) throws IOException {
      Random random = new Random(seed);
      LabelledTable table = LabelledTable.read(file);
      List<double[]> usual = new ArrayList<>();
      List<double[]> anomalies = new ArrayList<>();
      for (int i = 0; i < table.rows().length; i++) {
        (table.anomaly()[i] ? anomalies : usual).add(table.rows()[i]);
      }
      Collections.shuffle(usual, random);
      Collections.shuffle(anomalies, random);
      int n = usual.size();
      if (!moved) {
        int part = (n - n / 4) / 4;
        List<double[]> rest = usual.subList(n / 4, n);
        return of(
            rest.subList(0, 2 * part),
            rest.subList(part, 3 * part),
            usual.subList(0, n / 4),
            anomalies);
      }
      Units along = Units.of(usual);
      double[] direction = random.doubles(along.mean.length, -1, 1).toArray();
      usual.sort(Comparator.comparingDouble(row -> along.project(row, direction)));
      List<double[]> before = new ArrayList<>();
      List<double[]> now = new ArrayList<>();
      for (int i = 0; i < n; i++) {
        (random.nextDouble() < (i + 0.5) / n ? now : before).add(usual.get(i));
      }
      Collections.shuffle(before, random);
      Collections.shuffle(now, random);
      int quarter = now.size() / 4;
      return of(before, now.subList(quarter, now.size()), now.subList(0, quarter), anomalies);
    }

    private static Nights of(
        List<double[]> before, List<double[]> now, List<double[]> usual, List<double[]> odd) {
      List<double[]> first = most(before, MOST_ROWS);
      Units units = Units.of(first);
      return new Nights(
          units.mean.length,
          units.pack(first),
          units.pack(most(now, MOST_ROWS)),
          units.pack(most(usual, MOST_JUDGED)),
          units.pack(most(odd, MOST_JUDGED)));
    }

    private static List<double[]> most(List<double[]> rows, int most) {
      return rows.subList(0, Math.min(most, rows.size()));
    }

    TrainingState train(float[] rows, TrainingSettings settings, Optional<TrainingState> start) {
      List<RowBlock> shards = List.of(new RowBlock(0, width, rows));
      return LocalTrainer.train(ENERGY, new long[] {width}, settings, shards, m -> {}, start);
    }

    Judged judge(TrainingState state) {
      long[] shape = {width};
      long[] places = IntStream.range(0, usual.length / width).asLongStream().toArray();
      HeldOutLoss loss =
          new HeldOutLoss(settings("1e-3", 1, 0).objective(), usual, places, /* seed= */ 7, 0);
      double[] losses = loss.perRow(ENERGY, shape, state.average());
      try (RowEnergies open = new RowEnergies(ENERGY, shape, state.average(), Device.cpu())) {
        double area = Auroc.of(open.energies(usual), open.energies(anomalies));
        return new Judged(Arrays.stream(losses).average().orElseThrow(), area);
      }
    }
  }

  private record Units(double[] mean, double[] scale) {
    static Units of(List<double[]> rows) {
      int width = rows.get(0).length;
      double[] mean = new double[width];
      double[] scale = new double[width];
      for (double[] row : rows) {
        for (int j = 0; j < width; j++) {
          mean[j] += row[j] / rows.size();
        }
      }
      for (double[] row : rows) {
        for (int j = 0; j < width; j++) {
          scale[j] += Math.pow(row[j] - mean[j], 2) / rows.size();
        }
      }
      for (int j = 0; j < width; j++) {
        scale[j] = scale[j] == 0 ? 1 : Math.sqrt(scale[j]);
      }
      return new Units(mean, scale);
    }

    /** A column's few extreme values do not alone decide where a row lies. */
    double project(double[] row, double[] direction) {
      double along = 0;
      for (int j = 0; j < direction.length; j++) {
        along += direction[j] * Math.tanh((row[j] - mean[j]) / scale[j]);
      }
      return along;
    }

    float[] pack(List<double[]> rows) {
      float[] all = new float[rows.size() * mean.length];
      int at = 0;
      for (double[] row : rows) {
        for (int j = 0; j < mean.length; j++) {
          all[at++] = (float) ((row[j] - mean[j]) / scale[j]);
        }
      }
      return all;
    }
  }

  /**
   * What a model is worth.
   *
   * @param loss on usual rows that it has not seen
   * @param area of these against the anomalies
   */
  private record Judged(double loss, double area) {}

  /** The results of one way to train, seed by seed. */
  private record Way(List<Judged> seeds) {
    double loss() {
      return seeds.stream().mapToDouble(Judged::loss).average().orElseThrow();
    }

    double area() {
      return seeds.stream().mapToDouble(Judged::area).average().orElseThrow();
    }

    /** Mean and standard error, over the seeds, of how much more this way's loss is. */
    double[] above(Way other) {
      double[] differences =
          IntStream.range(0, seeds.size())
              .mapToDouble(i -> seeds.get(i).loss - other.seeds.get(i).loss)
              .toArray();
      double mean = loss() - other.loss();
      double squares = 0;
      for (double difference : differences) {
        squares += Math.pow(difference - mean, 2);
      }
      int n = differences.length;
      return new double[] {mean, Math.sqrt(squares / (n - 1) / n)};
    }
  }

  @Test
  void aQuarterOfTheStepsReachesTheQualityOfAFullTraining() throws IOException {
    int cases = 0;
    int worseFromScratch = 0;
    List<String> failed = new ArrayList<>();
    for (String table : TABLES) {
      Path file = Path.of(System.getProperty("adbench"), table + ".npz");
      for (String rate : List.of(FALLING, "1e-3")) {
        for (boolean moved : new boolean[] {false, true}) {
          List<Way> ways = ways(file, moved, rate);
          String line = line(ways);
          System.out.printf(
              "WARM | %s | %s | %s%s |%n",
              table.replaceAll("^\\d+_", ""),
              moved ? "moved" : "same",
              rate.equals(FALLING) ? "cosine" : "constant",
              line);
          double[] quarter = ways.get(2).above(ways.get(1));
          if (quarter[0] > 2 * quarter[1]) {
            failed.add(table + line);
          }
          double[] control = ways.get(4).above(ways.get(1));
          worseFromScratch += control[0] > 2 * control[1] ? 1 : 0;
          cases++;
        }
      }
    }
    assertThat(failed).isEmpty();
    // As few steps without last night's weights: not enough, but where there is little to learn.
    assertThat(worseFromScratch).isGreaterThanOrEqualTo(3 * cases / 4);
  }

  /** Each way's loss, how much more than the full training's it is, and its area. */
  private static String line(List<Way> ways) {
    StringBuilder line = new StringBuilder();
    Way full = ways.get(1);
    for (Way way : ways) {
      double[] above = way.above(full);
      line.append(
          String.format(
              Locale.ROOT,
              " | %.2f (%+.2f ± %.2f) %.3f",
              way.loss(),
              above[0],
              above[1],
              way.area()));
    }
    return line.toString();
  }

  /**
   * As is; trained in full; from last night's in a quarter and an eighth; a quarter from scratch.
   */
  private static List<Way> ways(Path file, boolean moved, String rate) throws IOException {
    List<Way> ways = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      ways.add(new Way(new ArrayList<>()));
    }
    for (int seed = 0; seed < SEEDS; seed++) {
      Nights nights = Nights.of(file, moved, seed);
      TrainingSettings full = settings(rate, STEPS, 100 + seed);
      TrainingState champion =
          nights.train(nights.yesterday, settings(rate, STEPS, seed), Optional.empty());
      ways.get(0).seeds.add(nights.judge(champion));
      ways.get(1).seeds.add(nights.judge(nights.train(nights.tonight, full, Optional.empty())));
      for (int i = 2; i <= 3; i++) {
        TrainingSettings part = warm(full, i == 2 ? "0.25" : "0.125");
        TrainingState start = TrainingState.initial(champion.average().clone(), part.optimizer());
        ways.get(i).seeds.add(nights.judge(nights.train(nights.tonight, part, Optional.of(start))));
      }
      TrainingSettings brief = settings(rate, STEPS / 4, 100 + seed);
      ways.get(4).seeds.add(nights.judge(nights.train(nights.tonight, brief, Optional.empty())));
    }
    return ways;
  }
}
