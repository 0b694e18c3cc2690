package io.ebmspark.spark.run;

import io.ebmspark.core.settings.SettingsBinder;
import io.ebmspark.core.settings.SettingsTree;
import io.ebmspark.spark.data.MissingValues;
import io.ebmspark.spark.data.Sessions;
import io.ebmspark.spark.data.SourceSettings;
import io.ebmspark.spark.evaluate.EvaluationSettings;
import io.ebmspark.spark.evaluate.EvaluationTable;
import io.ebmspark.spark.evaluate.Evaluator;
import io.ebmspark.spark.model.Model;
import io.ebmspark.spark.model.SamplingSettings;
import io.ebmspark.spark.sample.TableSampler;
import io.ebmspark.spark.sample.TwoSamples;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Objectives on a table of text, numbers, nulls and booleans, all on scaled one-hot groups: how
 * well held-out rows rank below the same with their columns shuffled, and drawn rows against
 * held-out ones ({@link TwoSamples}).
 */
@Tag("benchmark")
class MixedObjectivesBenchmark {
  private static final SparkSession SPARK = Sessions.shared();
  private static final int SEEDS = Integer.getInteger("seeds", 3);

  /** Trained alike, but for the objective; the quadratic part keeps rows where the data is. */
  private static final String ALIKE =
      """
      energy: {kind: sum, terms: [{kind: mlp, hidden: [128, 128], activation: silu}, {kind: harmonic, stiffness: 0.5}]}
      training:
        objective: %s
        learningRate: {kind: cosine, from: 2e-3, to: 1e-5, steps: 2000}
        steps: 2000
        batchSize: 256
        averageDecay: 0.99
      """;

  private enum Method {
    DEFAULTS("training: {steps: 2000}\n"),
    DENOISING(ALIKE.formatted("{kind: denoising-score-matching, noise: 0.5}")),
    DENOISING_NARROW(ALIKE.formatted("{kind: denoising-score-matching, noise: 0.3}")),
    ENERGY_DISCREPANCY(ALIKE.formatted("{kind: energy-discrepancy, time: 0.25}")),
    ENERGY_DISCREPANCY_WIDE(ALIKE.formatted("{kind: energy-discrepancy, time: 1}")),
    MIXED_ENERGY_DISCREPANCY(ALIKE.formatted("{kind: mixed-energy-discrepancy}"));

    private final String job;

    Method(String job) {
      this.job = job;
    }
  }

  @TempDir Path folder;

  @Test
  void denoisingBesideEnergyDiscrepancy() throws IOException {
    SourceSettings source =
        SettingsBinder.bind(
            SettingsTree.parse("source", "{table: departures}"), SourceSettings.class);
    Dataset<Row> all =
        SPARK
            .read()
            .option("header", true)
            .option("inferSchema", true)
            .csv("../examples/data/departures.csv.gz")
            .drop("date")
            .cache();
    for (Method method : Method.values()) {
      for (int seed = 0; seed < SEEDS; seed++) {
        String part =
            "pmod(xxhash64(%d, scheduled, departure_delay, arrival_delay, aircraft, destination), 8)"
                .formatted(seed);
        Dataset<Row> held = all.where(part + " = 0").cache();
        Path path = Files.createTempDirectory(folder, "model").resolve("m");
        TrainJob job =
            SettingsBinder.bind(
                SettingsTree.parse(
                        "job",
                        "data: {source: {table: train}}\n"
                            + method.job
                            + "output: {model: '%s'}\n".formatted(path))
                    .with("training.seed=" + seed),
                TrainJob.class);
        Model model =
            TrainingRun.on(all.where(part + " <> 0"), job, RunListener.SILENT).train(() -> false);
        EvaluationTable table =
            EvaluationTable.of(
                held,
                source,
                model,
                new EvaluationTable.Choice(Optional.empty(), MissingValues.DROP, false, 2_000));
        double auroc =
            new Evaluator(
                    SPARK,
                    SettingsBinder.bind(
                        SettingsTree.parse("evaluation", "{parts: [ranking]}"),
                        EvaluationSettings.class))
                .evaluate("m", model, table.rows())
                .evaluation()
                .auroc()
                .orElseThrow()
                .value();
        System.out.printf(
            Locale.ROOT,
            "MIXED | %s | seed %d | corrupted rows %.3f | two-sample %.3f%n",
            method.name().toLowerCase(Locale.ROOT),
            seed,
            auroc,
            drawn(model, held, seed));
      }
    }
  }

  private static double drawn(Model model, Dataset<Row> held, int seed) {
    String[] columns =
        Stream.of(held.columns())
            .filter(name -> model.config().features().columns().contains(name))
            .toArray(String[]::new);
    List<double[]> real = TwoSamples.numbers(held.collectAsList(), columns);
    SamplingSettings sampling = model.config().sampling();
    try (TableSampler.Samples samples =
        TableSampler.draw(
            SPARK,
            model,
            sampling,
            sampling.samplerFor(model.config().energy(), 1, false),
            real.size(),
            seed)) {
      return TwoSamples.auroc(
          SPARK,
          real,
          TwoSamples.numbers(samples.rows("energy", true).collectAsList(), columns),
          seed);
    }
  }
}
