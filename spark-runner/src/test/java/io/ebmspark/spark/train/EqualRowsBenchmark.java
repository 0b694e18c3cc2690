package io.ebmspark.spark.train;

import io.ebmspark.core.data.RowBlock;
import io.ebmspark.core.energy.Activation;
import io.ebmspark.core.energy.Mlp;
import io.ebmspark.core.settings.SettingsBinder;
import io.ebmspark.core.settings.SettingsTree;
import io.ebmspark.core.training.TrainingSettings;
import io.ebmspark.spark.data.Sample;
import io.ebmspark.spark.data.Sessions;
import io.ebmspark.spark.data.shards.ShardedTable;
import java.util.List;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a table of mostly equal rows costs, beside one of distinct rows. */
@Tag("benchmark")
class EqualRowsBenchmark {
  private static final int ROWS = 1_000_000;
  private static final int SHARDS = 8;

  private final SparkSession spark = Sessions.shared();

  @ParameterizedTest
  @ValueSource(ints = {0, 9})
  void loadAndTrain(int equalTenths) {
    Column[] columns = new Column[8];
    for (int i = 0; i < columns.length; i++) {
      Column distinct = functions.hash(functions.col("id"), functions.lit(i)).cast("double");
      columns[i] =
          functions
              .when(functions.col("id").mod(10).$less(equalTenths), functions.lit(3.5 + i))
              .otherwise(distinct)
              .as("f" + i);
    }
    spark.range(0, ROWS, 1, 8).select(columns).createOrReplaceTempView("t");
    TrainingSettings training =
        SettingsBinder.bind(
            SettingsTree.parse(
                "training",
                "{objective: {kind: denoising-score-matching}, steps: 40, batchSize: 8192, shards:"
                    + " 8}"),
            TrainingSettings.class);
    long start = System.nanoTime();
    try (ShardedTable table = ShardedTable.load(spark, Sample.table("t").settings(), SHARDS)) {
      double load = (System.nanoTime() - start) * 1e-9;
      List<Integer> sizes = table.shards().map(RowBlock::rows).collect();
      double[] seconds = new double[40];
      SparkTrainer.train(
          table,
          new Mlp(List.of(128, 128), Activation.SILU),
          training,
          metrics -> seconds[(int) metrics.step()] = metrics.seconds());
      java.util.Arrays.sort(seconds);
      System.out.printf(
          "%d of 10 rows equal: loaded in %.1f s, shards of %s rows, median step %.0f ms%n",
          equalTenths, load, sizes, 1e3 * seconds[20]);
    }
  }
}
