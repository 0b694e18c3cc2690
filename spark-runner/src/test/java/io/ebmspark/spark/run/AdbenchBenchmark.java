package io.ebmspark.spark.run;

import ai.djl.Device;
import io.ebmspark.core.evaluation.Auroc;
import io.ebmspark.core.evaluation.AveragePrecision;
import io.ebmspark.core.model.RowEnergies;
import io.ebmspark.core.settings.SettingsBinder;
import io.ebmspark.core.settings.SettingsTree;
import io.ebmspark.spark.data.NumpyArchive;
import io.ebmspark.spark.data.Sessions;
import io.ebmspark.spark.data.encoding.RowEncoder;
import io.ebmspark.spark.model.Model;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
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
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A job with nothing but data and an output, on the tables of ADBench ({@code -Dadbench=FOLDER}),
 * beside the baselines in its {@code baselines.csv}: area under the ROC curve and average precision
 * by two protocols.
 *
 * <p>One-class: trained on half of the usual rows, tested on the others and all anomalies.
 * Contaminated: trained on all rows, tested on the same. At most 10 000 rows are trained on and 20
 * 000 tested. The baselines' splits are as many, but others, so small tables differ by chance too.
 */
@Tag("benchmark")
class AdbenchBenchmark {
  private static final Path FOLDER = Path.of(System.getProperty("adbench", "."));
  private static final int SEEDS = Integer.getInteger("seeds", 3);
  private static final int MOST_TRAINED = 10_000;
  private static final int MOST_TESTED = 20_000;
  private static final List<String> BASELINES =
      List.of("iforest", "knn5", "lof20", "ecod", "mahalanobis");

  private static final List<String> PROTOCOLS =
      List.of(System.getProperty("protocols", "one-class,contaminated").split(",", -1));

  /** What is added to the job, to try other defaults. */
  private static final String JOB = System.getProperty("job", "");

  @TempDir Path folder;

  private record Result(RankingQuality quality, double trainSeconds, double microsPerRow) {}

  /** Rows to train on, and rows to test with their labels. */
  private record Split(List<double[]> trained, List<double[]> tested, List<Boolean> anomalous) {
    static Split of(double[][] rows, double[][] labels, boolean oneClass, int seed) {
      Random random = new Random(seed);
      List<Integer> order = new ArrayList<>(IntStream.range(0, rows.length).boxed().toList());
      Collections.shuffle(order, random);
      List<Integer> trained = order;
      List<Integer> tested = order;
      if (oneClass) {
        List<Integer> usual = order.stream().filter(i -> labels[i][0] == 0).toList();
        trained = usual.subList(0, usual.size() / 2);
        tested = new ArrayList<>(usual.subList(usual.size() / 2, usual.size()));
        tested.addAll(order.stream().filter(i -> labels[i][0] != 0).toList());
        Collections.shuffle(tested, random);
      }
      List<Integer> shown = tested.subList(0, Math.min(MOST_TESTED, tested.size()));
      return new Split(
          trained.subList(0, Math.min(MOST_TRAINED, trained.size())).stream()
              .map(i -> rows[i])
              .toList(),
          shown.stream().map(i -> rows[i]).toList(),
          shown.stream().map(i -> labels[i][0] != 0).toList());
    }
  }

  @Test
  void withNothingButDataAndAnOutput() throws IOException {
    List<String> tables = new ArrayList<>();
    for (File file : Optional.ofNullable(FOLDER.toFile().listFiles()).orElse(new File[0])) {
      String wanted = System.getProperty("tables", "");
      String name = file.getName().replace(".npz", "");
      if (file.getName().endsWith(".npz")
          && (wanted.isEmpty() || List.of(wanted.split(",", -1)).contains(name))) {
        tables.add(name);
      }
    }
    tables.sort(Comparator.comparing(name -> Integer.parseInt(name.replaceAll("_.*", ""))));
    for (String protocol : PROTOCOLS) {
      List<RankingQuality> all = new ArrayList<>();
      List<List<RankingQuality>> others = new ArrayList<>();
      for (String table : tables) {
        List<Result> results = new ArrayList<>();
        double[][] rows = NumpyArchive.read(FOLDER.resolve(table + ".npz"), "X");
        double[][] labels = NumpyArchive.read(FOLDER.resolve(table + ".npz"), "y");
        for (int seed = 0; seed < SEEDS; seed++) {
          results.add(run(Split.of(rows, labels, protocol.equals("one-class"), seed), seed));
        }
        RankingQuality quality =
            RankingQuality.mean(results.stream().map(Result::quality).toList());
        List<RankingQuality> baselines =
            BASELINES.stream().map(method -> baseline(table, protocol, method)).toList();
        all.add(quality);
        others.add(baselines);
        System.out.printf(
            Locale.ROOT,
            "ADBENCH | %s | %s | %s | %s | %.1f | %.1f |%n",
            protocol,
            table.replaceFirst("\\d+_", ""),
            quality.text(),
            String.join(" | ", baselines.stream().map(RankingQuality::text).toList()),
            results.stream().mapToDouble(Result::trainSeconds).average().orElseThrow(),
            results.stream().mapToDouble(Result::microsPerRow).average().orElseThrow());
      }
      List<String> means = new ArrayList<>();
      for (int i = 0; i < BASELINES.size(); i++) {
        int method = i;
        means.add(
            RankingQuality.mean(others.stream().map(each -> each.get(method)).toList()).text());
      }
      System.out.printf(
          "ADBENCH | %s | mean of %d | %s | %s | | |%n",
          protocol, all.size(), RankingQuality.mean(all).text(), String.join(" | ", means));
    }
  }

  private Result run(Split split, int seed) throws IOException {
    Path model = Files.createTempDirectory(folder, "model").resolve("m");
    TrainJob job =
        SettingsBinder.bind(
            SettingsTree.parse(
                "job.yaml",
                """
                data: {source: {path: rows, format: parquet}, constantColumns: drop}
                training: {seed: %d%s}
                output: {model: '%s'}
                """
                    .formatted(seed, JOB, model)),
            TrainJob.class);
    long start = System.nanoTime();
    Model trained =
        TrainingRun.on(table(split.trained), job, RunListener.SILENT).train(() -> false);
    double seconds = (System.nanoTime() - start) / 1e9;
    float[] rows = inputs(split.tested, trained);
    try (RowEnergies energy =
        new RowEnergies(
            trained.config().energy(),
            trained.config().rowShape(),
            trained.parameters(),
            Device.cpu())) {
      long began = System.nanoTime();
      float[] energies = energy.energies(rows);
      double micros = (System.nanoTime() - began) / 1e3 / energies.length;
      return new Result(quality(energies, split.anomalous), seconds, micros);
    }
  }

  private static RankingQuality quality(float[] energies, List<Boolean> anomalous) {
    float[] usual = select(energies, anomalous, false);
    float[] unusual = select(energies, anomalous, true);
    return new RankingQuality(Auroc.of(usual, unusual), AveragePrecision.of(usual, unusual));
  }

  private static float[] select(float[] energies, List<Boolean> anomalous, boolean wanted) {
    int[] chosen =
        IntStream.range(0, energies.length).filter(i -> anomalous.get(i) == wanted).toArray();
    float[] selected = new float[chosen.length];
    for (int i = 0; i < chosen.length; i++) {
      float energy = energies[chosen[i]];
      selected[i] = Float.isFinite(energy) ? energy : Float.MAX_VALUE;
    }
    return selected;
  }

  private static Dataset<Row> table(List<double[]> rows) {
    StructType schema = new StructType();
    for (int i = 0; i < rows.get(0).length; i++) {
      schema = schema.add("c" + i, DataTypes.DoubleType);
    }
    List<Row> boxed =
        rows.stream().map(row -> RowFactory.create(Arrays.stream(row).boxed().toArray())).toList();
    return Sessions.shared().createDataFrame(boxed, schema);
  }

  private static float[] inputs(List<double[]> rows, Model model) {
    RowEncoder encoder = model.config().features().encoder();
    int[] places =
        model.config().features().columns().stream()
            .mapToInt(column -> Integer.parseInt(column.substring(1)))
            .toArray();
    float[] packed = new float[rows.size() * encoder.inputs()];
    for (int i = 0; i < rows.size(); i++) {
      encoder.encode(rows.get(i), places, packed, i * encoder.inputs());
    }
    return packed;
  }

  private static RankingQuality baseline(String table, String protocol, String method) {
    try {
      for (String line : Files.readAllLines(FOLDER.resolve("baselines.csv"))) {
        String[] parts = line.split(",", -1);
        if (parts[0].equals(table) && parts[2].equals(protocol) && parts[3].equals(method)) {
          return new RankingQuality(Double.parseDouble(parts[4]), Double.parseDouble(parts[5]));
        }
      }
      return RankingQuality.UNKNOWN;
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
