package io.ebmspark.spark.score;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import io.ebmspark.core.data.FeatureScaling;
import io.ebmspark.core.data.RowBlock;
import io.ebmspark.core.data.Vectors;
import io.ebmspark.core.energy.Activation;
import io.ebmspark.core.energy.Energy;
import io.ebmspark.core.energy.Mlp;
import io.ebmspark.core.model.Calibration;
import io.ebmspark.core.model.FalseDiscoveries;
import io.ebmspark.core.model.RowEnergies;
import io.ebmspark.core.settings.SettingsBinder;
import io.ebmspark.core.settings.SettingsTree;
import io.ebmspark.core.training.TrainingSettings;
import io.ebmspark.core.training.TrainingState;
import io.ebmspark.spark.data.ConstantColumns;
import io.ebmspark.spark.data.NumpyArchive;
import io.ebmspark.spark.data.Sample;
import io.ebmspark.spark.data.Sessions;
import io.ebmspark.spark.data.shards.ShardedTable;
import io.ebmspark.spark.train.ReferenceEnergies;
import io.ebmspark.spark.train.SparkTrainer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Whether claimed rates hold on fresh rows of real tables, those of ADBench ({@code
 * -Dadbench=FOLDER}): every one of the development half with at least 1 500 usual rows. Trained on
 * a part of the usual rows, of which a fifth is held out; the others, and the labelled anomalies,
 * are new to the model. Beside it stands what the same rate would have flagged by percentiles of
 * the rows that were trained on.
 */
@Tag("benchmark")
class ThresholdsBenchmark {
  private static final SparkSession SPARK = Sessions.shared();
  private static final double RATE = .05;
  private static final double DISCOVERY_RATE = .2;
  private static final int SEEDS = Integer.getInteger("seeds", 10);
  private static final int MOST_ROWS = 3_000;
  private static final int TESTED = 400;
  private static final int PLANTED = 100;

  /** The usual rows and the labelled anomalies of a table, in an order of its own each seed. */
  private record Split(List<double[]> trained, List<double[]> fresh, List<double[]> anomalies) {
    static Split of(double[][] rows, double[][] labels, long seed) {
      List<double[]> usual = new ArrayList<>();
      List<double[]> anomalies = new ArrayList<>();
      for (int i = 0; i < rows.length; i++) {
        double[] row = rows[i].clone();
        // In other units the same rows have other hashes, so that others are held out each seed.
        row[0] += seed * .25;
        (labels[i][0] == 0 ? usual : anomalies).add(row);
      }
      Random random = new Random(seed);
      Collections.shuffle(usual, random);
      Collections.shuffle(anomalies, random);
      int part = Math.min(MOST_ROWS, usual.size() * 6 / 10);
      return new Split(
          usual.subList(0, part),
          usual.subList(part, Math.min(usual.size(), part + MOST_ROWS)),
          anomalies.subList(0, Math.min(PLANTED, anomalies.size())));
    }

    /** The share of fresh rows that are copies of others. */
    double copies() {
      Set<String> known = new HashSet<>();
      trained.forEach(row -> known.add(Arrays.toString(row)));
      return (double) fresh.stream().filter(row -> known.contains(Arrays.toString(row))).count()
          / fresh.size();
    }
  }

  /** The results of one seed. */
  private record Found(
      double flagged,
      double meant,
      double variance,
      double byTraining,
      double wrong,
      double found) {}

  @ParameterizedTest
  @ValueSource(
      strings = {
        "1_ALOI",
        "6_cardio",
        "8_celeba",
        "11_donors",
        "16_http",
        "20_letter",
        "22_magic.gamma",
        "24_mnist",
        "26_optdigits",
        "28_pendigits",
        "30_satellite",
        "32_shuttle",
        "34_smtp",
        "41_Waveform"
      })
  void claimedRatesHold(String name) {
    Path file = Path.of(System.getProperty("adbench"), name + ".npz");
    double[][] rows = NumpyArchive.read(file, "X");
    double[][] labels = NumpyArchive.read(file, "y");
    List<Found> all = new ArrayList<>();
    double copies = 0;
    for (long seed = 0; seed < SEEDS; seed++) {
      Split split = Split.of(rows, labels, seed);
      copies += split.copies() / SEEDS;
      all.add(seed(split, seed));
    }
    double flagged = mean(all.stream().mapToDouble(Found::flagged).toArray());
    double meant = mean(all.stream().mapToDouble(Found::meant).toArray());
    double error = Math.sqrt(mean(all.stream().mapToDouble(Found::variance).toArray()) / SEEDS);
    double[] wrong = all.stream().mapToDouble(Found::wrong).toArray();
    double wrongError = deviation(wrong) / Math.sqrt(SEEDS);
    System.out.printf(
        Locale.ROOT,
        "THRESHOLD | %s | %.0f %% | %.2f %% | %.2f %% ± %.2f | %.2f %% | %.1f %% ± %.1f | %.0f %% |%n",
        name.replaceFirst("\\d+_", ""),
        100 * copies,
        100 * meant,
        100 * flagged,
        100 * error,
        100 * mean(all.stream().mapToDouble(Found::byTraining).toArray()),
        100 * mean(wrong),
        100 * wrongError,
        100 * mean(all.stream().mapToDouble(Found::found).toArray()));
    assertThat(flagged).isLessThan(meant + 3 * error);
    if (copies < .01) {
      assertThat(flagged).isGreaterThan(meant - 3 * error);
    }
    assertThat(mean(wrong)).isLessThan(DISCOVERY_RATE + 3 * wrongError);
  }

  private static Found seed(Split split, long seed) {
    StructType schema = new StructType();
    for (int i = 0; i < split.trained.get(0).length; i++) {
      schema = schema.add("c" + i, DataTypes.DoubleType);
    }
    List<Row> rows =
        split.trained.stream()
            .map(row -> RowFactory.create(Arrays.stream(row).boxed().toArray()))
            .toList();
    SPARK.createDataFrame(rows, schema).createOrReplaceTempView("part");
    TrainingSettings training =
        SettingsBinder.bind(
            SettingsTree.parse(
                "training",
                """
                objective: {kind: denoising-score-matching, noise: 0.3}
                learningRate: 0.002
                steps: 500
                batchSize: 128
                seed: %d
                """
                    .formatted(seed)),
            TrainingSettings.class);
    Energy energy = new Mlp(List.of(128, 128), Activation.SILU);
    Sample sample = Sample.table("part").constant(ConstantColumns.DROP).holdOut(.2, 100_000);
    try (ShardedTable table = ShardedTable.load(SPARK, sample.settings(), 2)) {
      TrainingState state = SparkTrainer.train(table, energy, training, metrics -> {});
      Calibration calibration =
          ReferenceEnergies.of(table, energy, state.average(), state.step())
              .calibration()
              .orElseThrow();
      try (RowEnergies model =
          new RowEnergies(energy, table.shape(), state.average(), Device.cpu())) {
        List<float[]> trained = new ArrayList<>();
        for (RowBlock block : table.shards().collect()) {
          trained.add(model.energies(block.values()));
        }
        Calibration byTraining = Calibration.of(Vectors.joined(trained));
        float[] fresh = model.energies(units(split.fresh, table));
        float[] anomalies = model.energies(units(split.anomalies, table));
        return found(calibration, byTraining, fresh, anomalies);
      }
    }
  }

  private static Found found(
      Calibration calibration, Calibration byTraining, float[] fresh, float[] anomalies) {
    int n = calibration.rows();
    double meant = Math.floor(RATE * (n + 1)) / (n + 1);
    int m = fresh.length;
    // Of m new rows a beta-binomial number is flagged: both samples, of n and of m, are by chance.
    double variance = meant * (1 - meant) * (m + n + 1) / ((n + 2.0) * m);

    float[] tested = Arrays.copyOf(fresh, Math.min(TESTED, m));
    long[] counts = new long[n + 1];
    for (float[] part : List.of(tested, anomalies)) {
      for (float value : part) {
        counts[calibration.rank(calibration.pValue(value)) - 1]++;
      }
    }
    double cut = calibration.pValueOfRank(FalseDiscoveries.rank(counts, DISCOVERY_RATE));
    double wrong = share(calibration, tested, cut) * tested.length;
    double right = share(calibration, anomalies, cut) * anomalies.length;
    return new Found(
        share(calibration, fresh, RATE),
        meant,
        variance,
        share(byTraining, fresh, RATE),
        wrong / Math.max(1, wrong + right),
        right / anomalies.length);
  }

  private static double share(Calibration calibration, float[] energies, double rate) {
    int flagged = 0;
    for (float energy : energies) {
      double known = Float.isFinite(energy) ? energy : Double.POSITIVE_INFINITY;
      flagged += calibration.pValue(known) <= rate ? 1 : 0;
    }
    return (double) flagged / energies.length;
  }

  private static float[] units(List<double[]> rows, ShardedTable table) {
    FeatureScaling scaling = table.scaling();
    int[] kept =
        table.features().columns().stream()
            .mapToInt(column -> Integer.parseInt(column.substring(1)))
            .toArray();
    float[] packed = new float[rows.size() * kept.length];
    for (int i = 0; i < packed.length; i++) {
      packed[i] =
          scaling.toModel(i % kept.length, rows.get(i / kept.length)[kept[i % kept.length]]);
    }
    return packed;
  }

  private static double mean(double[] values) {
    return Arrays.stream(values).average().orElseThrow();
  }

  private static double deviation(double[] values) {
    double mean = mean(values);
    return Math.sqrt(
        Arrays.stream(values).map(x -> (x - mean) * (x - mean)).sum() / (values.length - 1));
  }
}
