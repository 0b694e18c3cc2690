package io.ebmspark.spark.score;

import io.ebmspark.core.energy.Activation;
import io.ebmspark.core.energy.Energy;
import io.ebmspark.core.energy.Initialised;
import io.ebmspark.core.energy.Mlp;
import io.ebmspark.core.explain.Baselines;
import io.ebmspark.core.model.EnergyPercentiles;
import io.ebmspark.core.sampler.StartNoise;
import io.ebmspark.core.settings.SettingsBinder;
import io.ebmspark.core.settings.SettingsTree;
import io.ebmspark.core.training.TrainingSettings;
import io.ebmspark.spark.data.DataSettings;
import io.ebmspark.spark.data.MissingValues;
import io.ebmspark.spark.data.Sessions;
import io.ebmspark.spark.data.shards.ShardedTable;
import io.ebmspark.spark.model.FeatureSettings;
import io.ebmspark.spark.model.Model;
import io.ebmspark.spark.model.ModelConfig;
import io.ebmspark.spark.model.Provenance;
import io.ebmspark.spark.model.SamplingSettings;
import io.ebmspark.spark.train.UsualRows;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What scoring costs where one row in a hundred, all, or none is explained. */
@Tag("benchmark")
class ExplainCostBenchmark {
  private static final SparkSession SPARK = Sessions.shared();
  private static final Energy NETWORK =
      new Initialised(
          new Mlp(List.of(128, 128), Activation.SILU), Initialised.Rule.KAIMING_NORMAL, 1);

  private static Model model(Dataset<Row> rows) {
    DataSettings data =
        SettingsBinder.bind(
            SettingsTree.parse("data", "{source: {table: rows}}"), DataSettings.class);
    TrainingSettings training =
        SettingsBinder.bind(
            SettingsTree.parse(
                "training",
                "{objective: {kind: denoising-score-matching}, steps: 1, batchSize: 1}"),
            TrainingSettings.class);
    float[] parameters = NETWORK.parameters(30).initialise(1);
    try (ShardedTable table = ShardedTable.of(rows, data, 2)) {
      Baselines baselines = UsualRows.of(table, NETWORK, parameters);
      ModelConfig config =
          new ModelConfig(
              ModelConfig.FORMAT,
              NETWORK,
              List.of(30L),
              FeatureSettings.of(table, MissingValues.ERROR),
              1,
              training,
              new SamplingSettings(Optional.empty(), 10, StartNoise.NORMAL, 1),
              data,
              new Provenance("", Map.of(), table.rows(), table.fingerprint(), 1, 0),
              new EnergyPercentiles(List.of(0.0, 1.0)),
              "");
      return new Model(config, parameters, Optional.empty(), Optional.of(baselines));
    }
  }

  @Test
  void rowsThatAreNotExplained() {
    String columns =
        IntStream.range(0, 30)
            .mapToObj(i -> "randn(" + i + ") AS c" + i)
            .collect(Collectors.joining(";"));
    Dataset<Row> rows = SPARK.range(0, 200_000, 1, 4).selectExpr(columns.split(";")).cache();
    Model model = model(rows);
    ExplainSettings settings =
        SettingsBinder.bind(
            SettingsTree.parse("explain", "{rows: flagged}"), ExplainSettings.class);
    try (TableScorer scorer =
        new TableScorer(SPARK, model, ScoringSettings.of(MissingValues.ERROR))) {
      double[] shares = {-1, 0, .01, .1};
      double[][] seconds = new double[shares.length][7];
      for (int round = 0; round < 7; round++) {
        for (int i = 0; i < shares.length; i++) {
          Dataset<Row> scored =
              scorer
                  .score(rows)
                  .withColumn(
                      "flag",
                      functions
                          .pmod(functions.hash(functions.col("c0")), functions.lit(10_000))
                          .lt(10_000 * shares[i]));
          long started = System.nanoTime();
          (shares[i] < 0 ? scored : scorer.explain(scored, settings, Optional.of("flag")))
              .write()
              .format("noop")
              .mode("overwrite")
              .save();
          seconds[i][round] = (System.nanoTime() - started) * 1e-9;
        }
      }
      for (int i = 0; i < shares.length; i++) {
        Arrays.sort(seconds[i]);
        System.out.printf(
            Locale.ROOT,
            "EXPLAINED share %.2f: %.2f s, fastest %.2f s, for 200 000 rows%n",
            shares[i],
            seconds[i][3],
            seconds[i][0]);
      }
    }
  }
}
