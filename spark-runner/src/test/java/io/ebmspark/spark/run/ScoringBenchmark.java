package io.ebmspark.spark.run;

import ai.djl.Device;
import com.sun.management.OperatingSystemMXBean;
import io.ebmspark.core.energy.Activation;
import io.ebmspark.core.energy.Energy;
import io.ebmspark.core.energy.Initialised;
import io.ebmspark.core.energy.Mlp;
import io.ebmspark.core.model.Calibration;
import io.ebmspark.core.model.EnergyPercentiles;
import io.ebmspark.core.model.RowEnergies;
import io.ebmspark.core.sampler.StartNoise;
import io.ebmspark.core.settings.SettingsBinder;
import io.ebmspark.core.settings.SettingsTree;
import io.ebmspark.core.training.TrainingSettings;
import io.ebmspark.spark.data.DataSettings;
import io.ebmspark.spark.data.MissingValues;
import io.ebmspark.spark.data.Sessions;
import io.ebmspark.spark.data.shards.ShardedTable;
import io.ebmspark.spark.model.FeatureSettings;
import io.ebmspark.spark.model.HeldOutRows;
import io.ebmspark.spark.model.Model;
import io.ebmspark.spark.model.ModelConfig;
import io.ebmspark.spark.model.ModelDraft;
import io.ebmspark.spark.model.ModelFolder;
import io.ebmspark.spark.model.Provenance;
import io.ebmspark.spark.model.SamplingSettings;
import io.ebmspark.spark.store.Patience;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What scoring a table costs, Parquet to Parquet, next to its energies alone on one core and to
 * Spark's copying the table with as many columns added. Processor time does not depend on what else
 * the machine is doing, and the time that passes does.
 */
@Tag("benchmark")
class ScoringBenchmark {
  private static final SparkSession SPARK = Sessions.shared();
  private static final int ROWS = Integer.getInteger("rows", 1_000_000);
  private static final int ROUNDS = Integer.getInteger("rounds", 5);
  private static final int WIDTH = 32;
  private static final OperatingSystemMXBean SYSTEM =
      (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

  @TempDir Path folder;

  /** Microseconds a row, of time passed and of processor time, by what was done. */
  private final Map<String, List<double[]>> measured = new LinkedHashMap<>();

  @Test
  void aTableOfThirtyTwoNumbers() {
    String[] columns = new String[WIDTH + 1];
    columns[0] = "id";
    for (int i = 0; i < WIDTH; i++) {
      String type = i % 2 == 0 ? "float" : "double";
      columns[i + 1] = type + "(randn(" + i + ")) AS c" + i;
    }
    String table = folder.resolve("table").toString();
    SPARK.range(0, ROWS, 1, 4).selectExpr(columns).write().parquet(table);
    Dataset<Row> rows = SPARK.read().parquet(table);
    List<List<Integer>> networks = List.of(List.of(64, 64), List.of(256, 256));
    for (List<Integer> hidden : networks) {
      model(rows, network(hidden), path(hidden));
    }
    for (int round = 0; round <= ROUNDS; round++) {
      boolean warm = round > 0;
      time(warm, "Spark's copy", ROWS, () -> copy(rows));
      for (List<Integer> hidden : networks) {
        energies(warm, hidden);
        time(warm, "scoring, MLP " + hidden, ROWS, () -> score(table, hidden, ""));
        time(
            warm,
            "scoring, MLP " + hidden + ", flags",
            ROWS,
            () -> score(table, hidden, ", threshold: {contamination: 0.01}"));
      }
    }
    report();
  }

  private static Energy network(List<Integer> hidden) {
    return new Initialised(new Mlp(hidden, Activation.SILU), Initialised.Rule.KAIMING_NORMAL, 1);
  }

  private String path(List<Integer> hidden) {
    return folder.resolve("model" + hidden.get(0)).toString();
  }

  private void energies(boolean warm, List<Integer> hidden) {
    Energy network = network(hidden);
    int count = 64 * RowEnergies.BLOCK_ROWS * 4;
    float[] packed = new float[count * WIDTH];
    Random random = new Random(1);
    for (int i = 0; i < packed.length; i++) {
      packed[i] = (float) random.nextGaussian();
    }
    float[] parameters = network.parameters(WIDTH).initialise(1);
    try (RowEnergies energies =
        new RowEnergies(network, new long[] {WIDTH}, parameters, Device.cpu())) {
      energies.energies(packed);
      time(warm, "energies alone, one core, MLP " + hidden, count, () -> energies.energies(packed));
    }
  }

  private void copy(Dataset<Row> rows) {
    rows.selectExpr("*", "c1 * 2 AS a1", "c3 * 2 AS a2", "c5 * 2 AS a3")
        .write()
        .mode("overwrite")
        .parquet(folder.resolve("copy").toString());
  }

  private void score(String table, List<Integer> hidden, String more) {
    ScoreJob job =
        bind(
            "{model: '%s', source: {path: '%s', format: parquet}, output: {path: '%s', overwrite: true}%s}"
                .formatted(path(hidden), table, folder.resolve("scored"), more),
            ScoreJob.class);
    new ScoringRun(SPARK, job, RunListener.SILENT).score();
  }

  private void time(boolean warm, String what, int rows, Runnable work) {
    long cpu = SYSTEM.getProcessCpuTime();
    long started = System.nanoTime();
    work.run();
    double[] micros = {
      (System.nanoTime() - started) * 1e-3 / rows, (SYSTEM.getProcessCpuTime() - cpu) * 1e-3 / rows
    };
    if (warm) {
      measured.computeIfAbsent(what, any -> new ArrayList<>()).add(micros);
    }
  }

  private void report() {
    measured.forEach(
        (what, times) ->
            System.out.printf(
                Locale.ROOT,
                "SCORING %-40s µs a row, median (lowest–highest): %s passed, %s of processor%n",
                what,
                spread(times, 0),
                spread(times, 1)));
  }

  private static String spread(List<double[]> times, int which) {
    double[] sorted = times.stream().mapToDouble(time -> time[which]).sorted().toArray();
    return String.format(
        Locale.ROOT,
        "%.2f (%.2f–%.2f)",
        sorted[sorted.length / 2],
        sorted[0],
        sorted[sorted.length - 1]);
  }

  private static void model(Dataset<Row> rows, Energy energy, String path) {
    DataSettings data = bind("{source: {table: rows}, exclude: [id]}", DataSettings.class);
    try (ShardedTable table = ShardedTable.of(rows.limit(20_000), data, 2)) {
      float[] heldOut = new float[10_000];
      Random random = new Random(2);
      for (int i = 0; i < heldOut.length; i++) {
        heldOut[i] = (float) random.nextGaussian();
      }
      Calibration calibration = Calibration.of(heldOut);
      Arrays.sort(heldOut);
      ModelConfig config =
          new ModelConfig(
              ModelConfig.FORMAT,
              energy,
              List.of((long) WIDTH),
              FeatureSettings.of(table, MissingValues.ERROR),
              1,
              bind(
                  "{objective: {kind: denoising-score-matching}, steps: 1, batchSize: 1}",
                  TrainingSettings.class),
              new SamplingSettings(Optional.empty(), 10, StartNoise.NORMAL, 1),
              data,
              new Provenance("", Map.of(), table.rows(), table.fingerprint(), 1, 0),
              EnergyPercentiles.of(heldOut),
              "",
              Optional.of(new HeldOutRows(calibration.rows(), .1, "")),
              Optional.empty());
      ModelFolder target = new ModelFolder(path, new Configuration());
      try (ModelDraft draft =
          target.draft(false, new Patience(Duration.ZERO, notice -> {}), () -> {})) {
        draft.finish(
            new Model(
                config,
                energy.parameters(WIDTH).initialise(1),
                Optional.of(calibration),
                Optional.empty()),
            Optional.empty(),
            "",
            Optional.empty());
      }
    }
  }

  private static <R extends Record> R bind(String yaml, Class<R> type) {
    return SettingsBinder.bind(SettingsTree.parse("job", yaml), type);
  }
}
