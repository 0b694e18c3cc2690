package io.ebmspark.spark.sample;

import io.ebmspark.core.sampler.Langevin;
import io.ebmspark.core.sampler.Sampler;
import io.ebmspark.core.schedule.Schedule;
import io.ebmspark.core.settings.SettingsBinder;
import io.ebmspark.core.settings.SettingsTree;
import io.ebmspark.spark.data.NumpyArchive;
import io.ebmspark.spark.data.Sessions;
import io.ebmspark.spark.model.Model;
import io.ebmspark.spark.model.SamplingSettings;
import io.ebmspark.spark.run.RunListener;
import io.ebmspark.spark.run.TrainJob;
import io.ebmspark.spark.run.TrainingRun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * How far rows drawn from a model of nothing but data and an output are from held-out rows, by
 * {@link TwoSamples}, on usual rows of ADBench's tables ({@code -Dadbench=FOLDER}), beside a fitted
 * Gaussian's, those of independent columns, plain Langevin's from the same model, and rows the
 * model was trained on.
 */
@Tag("benchmark")
class SampleQualityBenchmark {
  private static final Path FOLDER = Path.of(System.getProperty("adbench", "."));
  private static final int SEEDS = Integer.getInteger("seeds", 3);
  private static final List<String> TABLES =
      List.of(
          System.getProperty(
                  "tables", "4_breastw,6_cardio,22_magic.gamma,28_pendigits,30_satellite")
              .split(",", -1));
  private static final int MOST_ROWS = 6_000;
  private static final int MOST_DRAWN = 1_500;

  private static final SparkSession SPARK = Sessions.shared();
  @TempDir Path folder;

  @Test
  void drawnRowsBesideHeldOutRows() throws IOException {
    for (String table : TABLES) {
      Map<String, List<Double>> found = new LinkedHashMap<>();
      for (int seed = 0; seed < SEEDS; seed++) {
        for (Map.Entry<String, Double> each : run(table, seed).entrySet()) {
          found.computeIfAbsent(each.getKey(), name -> new ArrayList<>()).add(each.getValue());
        }
        System.out.println("SAMPLES | " + table + " | " + SampleQualityBenchmark.text(found));
      }
    }
  }

  private static String text(Map<String, List<Double>> found) {
    return found.entrySet().stream()
        .map(
            each ->
                each.getKey()
                    + " "
                    + each.getValue().stream()
                        .map(value -> String.format(Locale.ROOT, "%.3f", value))
                        .collect(Collectors.joining(" ")))
        .collect(Collectors.joining(" | "));
  }

  private Map<String, Double> run(String table, int seed) throws IOException {
    double[][] all = NumpyArchive.read(FOLDER.resolve(table + ".npz"), "X");
    double[][] labels = NumpyArchive.read(FOLDER.resolve(table + ".npz"), "y");
    List<double[]> rows =
        new ArrayList<>(
            IntStream.range(0, all.length)
                .filter(i -> labels[i][0] == 0)
                .mapToObj(i -> all[i])
                .toList());
    Random random = new Random(seed);
    Collections.shuffle(rows, random);
    rows = rows.subList(0, Math.min(MOST_ROWS, rows.size()));
    List<double[]> trained = rows.subList(0, rows.size() * 2 / 3);
    List<double[]> held = rows.subList(rows.size() * 2 / 3, rows.size());
    held = held.subList(0, Math.min(MOST_DRAWN, held.size()));
    Model model = train(trained, seed);
    String[] columns = model.config().features().columns().toArray(String[]::new);
    int[] kept =
        Arrays.stream(columns).mapToInt(name -> Integer.parseInt(name.substring(1))).toArray();
    List<double[]> known = select(trained, kept);
    List<double[]> real = select(held, kept);
    SamplingSettings sampling = model.config().sampling();
    Map<String, Double> found = new LinkedHashMap<>();
    Sampler ours = sampling.samplerFor(model.config().energy(), 1, false);
    Sampler langevin = new Langevin(Schedule.of(0.01), Schedule.of(1));
    found.put("ours", auroc(real, draw(model, ours, real.size(), columns), seed));
    found.put("langevin", auroc(real, draw(model, langevin, real.size(), columns), seed));
    found.put("gaussian", auroc(real, gaussian(known, real.size(), random), seed));
    found.put("independent", auroc(real, independent(known, real.size(), random), seed));
    found.put("trained", auroc(real, known, seed));
    return found;
  }

  private static double auroc(List<double[]> real, List<double[]> drawn, int seed) {
    return TwoSamples.auroc(SPARK, real, drawn, seed);
  }

  private Model train(List<double[]> rows, int seed) throws IOException {
    Path path = Files.createTempDirectory(folder, "model").resolve("m");
    TrainJob job =
        SettingsBinder.bind(
            SettingsTree.parse(
                "job.yaml",
                """
                data: {source: {path: rows, format: parquet}, constantColumns: drop}
                training: {seed: %d}
                output: {model: '%s'}
                """
                    .formatted(seed, path)),
            TrainJob.class);
    return TrainingRun.on(table(rows), job, RunListener.SILENT).train(() -> false);
  }

  /** As a file would be read: whole numbers are of a type of whole numbers. */
  private static Dataset<Row> table(List<double[]> rows) {
    boolean[] whole = whole(rows);
    StructType schema = new StructType();
    for (int i = 0; i < whole.length; i++) {
      schema = schema.add("c" + i, whole[i] ? DataTypes.LongType : DataTypes.DoubleType);
    }
    List<Row> boxed = new ArrayList<>();
    for (double[] row : rows) {
      Object[] cells = new Object[row.length];
      for (int i = 0; i < cells.length; i++) {
        cells[i] = whole[i] ? (Object) (long) row[i] : row[i];
      }
      boxed.add(RowFactory.create(cells));
    }
    return SPARK.createDataFrame(boxed, schema);
  }

  private static boolean[] whole(List<double[]> rows) {
    boolean[] whole = new boolean[rows.get(0).length];
    for (int i = 0; i < whole.length; i++) {
      int column = i;
      whole[i] = rows.stream().allMatch(row -> row[column] == Math.rint(row[column]));
    }
    return whole;
  }

  private static List<double[]> draw(Model model, Sampler sampler, int rows, String[] columns) {
    SamplingSettings sampling = model.config().sampling();
    try (TableSampler.Samples samples =
        TableSampler.draw(SPARK, model, sampling, sampler, rows, 1)) {
      return TwoSamples.numbers(samples.rows("energy", true).collectAsList(), columns);
    }
  }

  private static List<double[]> select(List<double[]> rows, int[] columns) {
    return rows.stream()
        .map(row -> Arrays.stream(columns).mapToDouble(i -> row[i]).toArray())
        .toList();
  }

  private static List<double[]> independent(List<double[]> rows, int count, Random random) {
    List<double[]> drawn = new ArrayList<>();
    for (int row = 0; row < count; row++) {
      double[] values = new double[rows.get(0).length];
      for (int i = 0; i < values.length; i++) {
        values[i] = rows.get(random.nextInt(rows.size()))[i];
      }
      drawn.add(values);
    }
    return drawn;
  }

  /** Rounded and brought into the range as rows drawn from a model are. */
  private static List<double[]> gaussian(List<double[]> rows, int count, Random random) {
    int width = rows.get(0).length;
    boolean[] whole = whole(rows);
    double[] mean = new double[width];
    double[] lowest = rows.get(0).clone();
    double[] highest = rows.get(0).clone();
    for (double[] row : rows) {
      for (int i = 0; i < width; i++) {
        mean[i] += row[i] / rows.size();
        lowest[i] = Math.min(lowest[i], row[i]);
        highest[i] = Math.max(highest[i], row[i]);
      }
    }
    double[][] root = root(rows, mean);
    List<double[]> drawn = new ArrayList<>();
    for (int row = 0; row < count; row++) {
      double[] normals = random.doubles(width).toArray();
      Arrays.setAll(normals, i -> random.nextGaussian());
      double[] values = mean.clone();
      for (int i = 0; i < width; i++) {
        for (int j = 0; j <= i; j++) {
          values[i] += root[i][j] * normals[j];
        }
        values[i] = Math.min(Math.max(values[i], lowest[i]), highest[i]);
        values[i] = whole[i] ? Math.rint(values[i]) : values[i];
      }
      drawn.add(values);
    }
    return drawn;
  }

  /** The lower root of the covariance, with a little more on the diagonal. */
  private static double[][] root(List<double[]> rows, double[] mean) {
    int width = mean.length;
    double[][] lower = new double[width][width];
    for (int i = 0; i < width; i++) {
      for (int j = 0; j <= i; j++) {
        for (double[] row : rows) {
          lower[i][j] += (row[i] - mean[i]) * (row[j] - mean[j]) / (rows.size() - 1);
        }
      }
      lower[i][i] *= 1 + 1e-9;
    }
    for (int i = 0; i < width; i++) {
      for (int j = 0; j <= i; j++) {
        double sum = lower[i][j];
        for (int k = 0; k < j; k++) {
          sum -= lower[i][k] * lower[j][k];
        }
        lower[i][j] = i == j ? Math.sqrt(Math.max(sum, 1e-12)) : sum / lower[j][j];
      }
    }
    return lower;
  }
}
