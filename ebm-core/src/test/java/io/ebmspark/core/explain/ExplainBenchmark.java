package io.ebmspark.core.explain;

import ai.djl.Device;
import io.ebmspark.core.data.RowBlock;
import io.ebmspark.core.energy.Activation;
import io.ebmspark.core.energy.Energy;
import io.ebmspark.core.energy.Mlp;
import io.ebmspark.core.model.RowEnergies;
import io.ebmspark.core.random.Permutation;
import io.ebmspark.core.random.Purpose;
import io.ebmspark.core.random.RandomStream;
import io.ebmspark.core.settings.SettingsBinder;
import io.ebmspark.core.settings.SettingsTree;
import io.ebmspark.core.training.LocalTrainer;
import io.ebmspark.core.training.TrainingSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What reasons cost, and how often they name the column at fault, by choice of the baselines. */
@Tag("benchmark")
class ExplainBenchmark {
  private static final Energy NETWORK = new Mlp(List.of(128, 128), Activation.SILU);

  /** Rows of unit deviations. */
  private record Table(String name, int width, float[] rows) {
    int size() {
      return rows.length / width;
    }

    Table part(int from, int to) {
      return new Table(name, width, Arrays.copyOfRange(rows, from * width, to * width));
    }
  }

  private static float[] normals(int count, int stream) {
    float[] values = new float[count];
    RandomStream.of(stream, Purpose.CHECK, 0).normals(0, 0, values, 0, count);
    return values;
  }

  /** Five groups of 12 columns on planes of 4 dimensions; 60, 20, 10, 6 and 4 % of the rows. */
  private static Table groups(int rows) {
    int d = 12;
    int hidden = 4;
    double[] upTo = {.6, .8, .9, .96, 1};
    float[] maps = normals(5 * d * hidden, 1);
    float[] centres = normals(5 * d, 2);
    float[] coordinates = normals(rows * hidden, 3);
    float[] noise = normals(rows * d, 4);
    Permutation order = Permutation.of(5, Purpose.CHECK, 0, rows);
    float[] values = new float[rows * d];
    for (int i = 0; i < rows; i++) {
      int group = 0;
      while (order.at(i) >= upTo[group] * rows) {
        group++;
      }
      for (int j = 0; j < d; j++) {
        double x = 4 * centres[group * d + j] + 0.3 * noise[i * d + j];
        for (int k = 0; k < hidden; k++) {
          x += 0.6 * maps[(group * d + j) * hidden + k] * coordinates[i * hidden + k];
        }
        values[i * d + j] = (float) x;
      }
    }
    return standardised(new Table("five groups", d, values));
  }

  /** The benign rows of the shipped table. */
  private static Table breastCancer() throws IOException {
    List<double[]> rows =
        Files.readAllLines(Path.of("../examples/data/breast-cancer.csv")).stream()
            .skip(1)
            .filter(line -> line.endsWith(",0"))
            .map(line -> line.substring(0, line.length() - 2).split(",", -1))
            .map(cells -> Arrays.stream(cells).mapToDouble(Double::parseDouble).toArray())
            .toList();
    int d = rows.get(0).length;
    float[] values = new float[rows.size() * d];
    for (int i = 0; i < rows.size(); i++) {
      for (int j = 0; j < d; j++) {
        values[i * d + j] = (float) rows.get(i)[j];
      }
    }
    return standardised(new Table("breast cancer, benign", d, values));
  }

  private static Table standardised(Table table) {
    int d = table.width();
    float[] values = table.rows().clone();
    for (int j = 0; j < d; j++) {
      double sum = 0;
      double squares = 0;
      for (int i = 0; i < table.size(); i++) {
        sum += values[i * d + j];
        squares += (double) values[i * d + j] * values[i * d + j];
      }
      double mean = sum / table.size();
      double deviation = Math.sqrt(squares / table.size() - mean * mean);
      for (int i = 0; i < table.size(); i++) {
        values[i * d + j] = (float) ((values[i * d + j] - mean) / deviation);
      }
    }
    return new Table(table.name(), d, values);
  }

  private static RowEnergies trained(Table table, double noise) {
    TrainingSettings settings =
        SettingsBinder.bind(
            SettingsTree.parse(
                "training",
                "{objective: {kind: denoising-score-matching, noise: "
                    + noise
                    + "}, steps: 3000, batchSize: 256, learningRate: 1e-3}"),
            TrainingSettings.class);
    long[] shape = {table.width()};
    float[] parameters =
        LocalTrainer.train(
                NETWORK,
                shape,
                settings,
                List.of(new RowBlock(0, table.width(), table.rows())),
                metrics -> {})
            .average();
    return new RowEnergies(NETWORK, shape, parameters, Device.cpu());
  }

  @Test
  void oneColumnAtFault() throws IOException {
    for (Table table : List.of(groups(8_000), breastCancer())) {
      for (double noise : new double[] {.1, .3}) {
        Table train = table.part(0, table.size() / 2);
        try (RowEnergies open = trained(train, noise)) {
          float[] energies = open.energies(train.rows());
          choices(train, energies)
              .forEach(
                  (name, baselines) ->
                      faults(
                          table.part(table.size() / 2, table.size()),
                          noise,
                          open,
                          name,
                          baselines));
        }
      }
    }
  }

  private static Map<String, Baselines> choices(Table table, float[] energies) {
    int d = table.width();
    int[] byEnergy =
        IntStream.range(0, energies.length)
            .boxed()
            .sorted(Comparator.comparingDouble(i -> energies[i]))
            .mapToInt(Integer::intValue)
            .toArray();
    Permutation order = Permutation.of(1, Purpose.CHECK, 1, energies.length / 4);
    Permutation any = Permutation.of(1, Purpose.CHECK, 2, energies.length);
    int[] first = IntStream.range(0, Math.min(Baselines.MOST, energies.length / 4)).toArray();
    Map<String, Baselines> choices = new LinkedHashMap<>();
    choices.put("any rows", of(table, Arrays.stream(first).map(i -> (int) any.at(i)).toArray()));
    choices.put("the lowest one", of(table, byEnergy[0]));
    choices.put("the lowest", of(table, Arrays.copyOf(byEnergy, Baselines.MOST)));
    choices.put(
        "any of the lowest quarter",
        of(table, Arrays.stream(first).map(i -> byEnergy[(int) order.at(i)]).toArray()));
    choices.put("the choice made", Baselines.of(table.rows(), energies, d));
    return choices;
  }

  private static Baselines of(Table table, int... which) {
    int d = table.width();
    float[] rows = new float[which.length * d];
    for (int i = 0; i < which.length; i++) {
      System.arraycopy(table.rows(), which[i] * d, rows, i * d, d);
    }
    return new Baselines(rows, new float[d], d);
  }

  /** Usual rows with one value that does not belong to the others. */
  private static void faults(
      Table usual, double noise, RowEnergies open, String choice, Baselines baselines) {
    int d = usual.width();
    int count = Math.min(1_000, usual.size());
    float[] rows = Arrays.copyOf(usual.rows(), count * d);
    int[] fault = new int[count];
    for (int i = 0; i < count; i++) {
      fault[i] = (int) Permutation.of(9, Purpose.CHECK, i, d).at(0);
      rows[i * d + fault[i]] = -rows[i * d + fault[i]] + (rows[i * d + fault[i]] > 0 ? -2 : 2);
    }
    Attribution[] found = new IntegratedGradients(open, baselines).of(rows);
    int first = 0;
    int firstThree = 0;
    double unexplained = 0;
    double points = 0;
    for (int i = 0; i < count; i++) {
      double[] a = found[i].contributions();
      double at = a[fault[i]];
      long above = Arrays.stream(a).filter(other -> other > at).count();
      first += above < 1 ? 1 : 0;
      firstThree += above < 3 ? 1 : 0;
      unexplained =
          Math.max(unexplained, Math.abs(found[i].unexplained()) / Arrays.stream(a).sum());
      points += found[i].points();
    }
    System.out.printf(
        Locale.ROOT,
        "FAULT %s, noise %.1f | %s | %d | first %.3f, among three %.3f | points %.1f, unexplained"
            + " at most %.1e%n",
        usual.name(),
        noise,
        choice,
        baselines.size(),
        (double) first / count,
        (double) firstThree / count,
        points / count,
        unexplained);
  }

  @Test
  void whatARowCosts() {
    int d = 30;
    float[] maps = normals(d * d, 1);
    float[] hidden = normals(8_192 * d, 2);
    float[] values = new float[hidden.length];
    for (int i = 0; i < values.length; i++) {
      for (int k = 0; k < d / 3; k++) {
        values[i] += maps[i % d * d + k] * hidden[i / d * d + k];
      }
      values[i] += 0.3f * hidden[i];
    }
    Table table = standardised(new Table("thirty columns", d, values));
    try (RowEnergies open = trained(table, .3)) {
      Baselines baselines = Baselines.of(table.rows(), open.energies(table.rows()), table.width());
      IntegratedGradients gradients = new IntegratedGradients(open, baselines);
      for (int rows : new int[] {1, 10, 100, 1_000}) {
        float[] some = Arrays.copyOf(normals(1_000 * d, 7), rows * d);
        double points =
            Arrays.stream(gradients.of(some)).mapToInt(Attribution::points).average().orElse(0);
        double[] micros = new double[21];
        double[] scoring = new double[21];
        for (int round = 0; round < micros.length; round++) {
          long started = System.nanoTime();
          gradients.of(some);
          long done = System.nanoTime();
          open.energies(table.rows());
          micros[round] = (done - started) * 1e-3 / rows;
          scoring[round] = (System.nanoTime() - done) * 1e-3 / table.size();
        }
        Arrays.sort(micros);
        Arrays.sort(scoring);
        System.out.printf(
            Locale.ROOT,
            "EXPLAIN %d rows at once: %.0f µs a row (%.1f points); the energy alone %.2f µs%n",
            rows,
            micros[10],
            points,
            scoring[10]);
      }
    }
  }
}
