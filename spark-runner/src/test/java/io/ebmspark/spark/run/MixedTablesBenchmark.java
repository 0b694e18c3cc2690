package io.ebmspark.spark.run;

import static org.apache.spark.sql.functions.rand;

import io.ebmspark.core.settings.SettingsBinder;
import io.ebmspark.core.settings.SettingsTree;
import io.ebmspark.spark.data.MissingValues;
import io.ebmspark.spark.data.Sessions;
import io.ebmspark.spark.data.SourceSettings;
import io.ebmspark.spark.evaluate.EvaluationSettings;
import io.ebmspark.spark.evaluate.EvaluationTable;
import io.ebmspark.spark.evaluate.Evaluator;
import io.ebmspark.spark.model.Model;
import io.ebmspark.spark.record.Evaluation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A job with nothing but data and an output on tables of text and numbers with labelled anomalies:
 * CSV files with a column {@code anomaly} in a folder ({@code -Dmixed=FOLDER}), which {@code
 * scripts/mixed-tables} makes, beside the baselines in its {@code baselines.csv}.
 *
 * <p>Two protocols, as in {@link AdbenchBenchmark}. Text is text: no column is prepared.
 */
@Tag("benchmark")
class MixedTablesBenchmark {
  private static final Path FOLDER = Path.of(System.getProperty("mixed", "."));
  private static final SparkSession SPARK = Sessions.shared();
  private static final int SEEDS = Integer.getInteger("seeds", 3);
  private static final int MOST_TESTED = 20_000;

  /** What is added to the job, to try other defaults; a line of the job file. */
  private static final String JOB = System.getProperty("job", "");

  private static final List<String> BASELINES =
      List.of("iforest", "knn5", "lof20", "ecod", "mahalanobis");

  @TempDir Path folder;

  @Test
  void withNothingButDataAndAnOutput() throws IOException {
    List<String> tables;
    try (Stream<Path> files = Files.list(FOLDER)) {
      tables =
          files
              .map(file -> String.valueOf(file.getFileName()))
              .filter(name -> name.endsWith(".csv") && !name.equals("baselines.csv"))
              .map(name -> name.replace(".csv", ""))
              .sorted()
              .toList();
    }
    List<String> baselines = Files.readAllLines(FOLDER.resolve("baselines.csv"));
    for (String protocol : List.of("one-class", "contaminated")) {
      List<List<RankingQuality>> all = new ArrayList<>();
      for (String table : tables) {
        Dataset<Row> rows =
            SPARK
                .read()
                .option("header", true)
                .option("inferSchema", true)
                .csv(FOLDER.resolve(table + ".csv").toString());
        List<RankingQuality> splits = new ArrayList<>();
        for (int seed = 0; seed < SEEDS; seed++) {
          splits.add(run(rows, protocol.equals("one-class"), seed));
        }
        List<RankingQuality> row = new ArrayList<>(List.of(RankingQuality.mean(splits)));
        for (String method : BASELINES) {
          row.add(baseline(baselines, table, protocol, method));
        }
        all.add(row);
        tell(protocol, table, row);
      }
      List<RankingQuality> means = new ArrayList<>();
      for (int i = 0; i <= BASELINES.size(); i++) {
        int method = i;
        means.add(RankingQuality.mean(all.stream().map(row -> row.get(method)).toList()));
      }
      tell(protocol, "mean of " + tables.size(), means);
    }
  }

  private RankingQuality run(Dataset<Row> all, boolean oneClass, int seed) throws IOException {
    Dataset<Row> rows = all.withColumn("__part", rand(seed)).cache();
    Dataset<Row> trained = rows;
    Dataset<Row> tested = rows;
    if (oneClass) {
      trained = rows.where("anomaly = 0 AND __part < 0.5");
      tested = rows.where("anomaly = 1 OR __part >= 0.5");
    }
    Path path = Files.createTempDirectory(folder, "model").resolve("m");
    TrainJob job =
        SettingsBinder.bind(
            SettingsTree.parse(
                    "job.yaml",
                    """
                data: {source: {path: rows, format: csv}, constantColumns: drop, missing: indicator}
                output: {model: '%s'}
                %s
                """
                        .formatted(path, JOB))
                .with("training.seed=" + seed),
            TrainJob.class);
    Model model =
        TrainingRun.on(trained.drop("anomaly", "__part"), job, RunListener.SILENT)
            .train(() -> false);
    EvaluationTable table =
        EvaluationTable.of(
            tested,
            SettingsBinder.bind(
                SettingsTree.parse("source", "{table: rows}"), SourceSettings.class),
            model,
            new EvaluationTable.Choice(
                Optional.of("anomaly"), MissingValues.INDICATOR, false, MOST_TESTED));
    EvaluationSettings ranking =
        SettingsBinder.bind(
            SettingsTree.parse("evaluation", "{parts: [ranking]}"), EvaluationSettings.class);
    Evaluation found =
        new Evaluator(SPARK, ranking).evaluate("m", model, table.rows()).evaluation();
    rows.unpersist();
    return new RankingQuality(
        found.auroc().orElseThrow().value(), found.averagePrecision().orElseThrow().value());
  }

  private static RankingQuality baseline(
      List<String> lines, String table, String protocol, String method) {
    String start = String.join(",", table, protocol, method) + ",";
    return lines.stream()
        .filter(line -> line.startsWith(start))
        .map(line -> line.substring(start.length()).split(",", -1))
        .map(
            parts -> new RankingQuality(Double.parseDouble(parts[0]), Double.parseDouble(parts[1])))
        .findFirst()
        .orElse(RankingQuality.UNKNOWN);
  }

  private static void tell(String protocol, String table, List<RankingQuality> row) {
    List<String> cells = row.stream().map(RankingQuality::text).toList();
    System.out.println("MIXED | " + protocol + " | " + table + " | " + String.join(" | ", cells));
  }
}
