package io.ebmspark.spark.sample;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.ebmspark.core.data.RowBlock;
import io.ebmspark.spark.data.MissingValues;
import io.ebmspark.spark.data.Sample;
import io.ebmspark.spark.data.Sessions;
import io.ebmspark.spark.data.shards.ShardedTable;
import io.ebmspark.spark.model.FeatureSettings;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;

class DrawnRowsTest {
  private static final SparkSession SPARK = Sessions.shared();

  /**
   * The density that denoising learns is the rows of the table, each with normal noise. Draws from
   * it have the table's levels, whole numbers and nulls as often as the table, within four standard
   * errors.
   */
  @Test
  void levelsAndNullsComeAtTheirRates() {
    SPARK
        .sql(
            "select if(id % 5 = 0, null, 'a') as a, if(id % 10 < 3, 'x', if(id % 10 < 8, 'y',"
                + " 'z')) as b, if(id % 10 = 4, null, int(id % 2 * 8)) as n, id % 4 = 0 as yes"
                + " from range(100)")
        .createOrReplaceTempView("rates");
    Sample sample = Sample.table("rates").missing(MissingValues.INDICATOR).holdOut(0, 1);
    try (ShardedTable table = ShardedTable.load(SPARK, sample.settings(), 1)) {
      RowBlock block = table.shards().collect().get(0);
      FeatureSettings features = FeatureSettings.of(table, MissingValues.INDICATOR);
      int width = features.scale().size();
      int drawn = 20_000;
      Random random = new Random(7);
      float[] states = new float[drawn * width];
      for (int row = 0; row < drawn; row++) {
        int of = random.nextInt(100);
        for (int i = 0; i < width; i++) {
          states[row * width + i] =
              (float) (block.values()[of * width + i] + 0.25 * random.nextGaussian());
        }
      }
      List<Row> rows = new DrawnRows(features, true).rows(0, states, inputs -> new float[drawn]);
      Map<String, Double> shares = new TreeMap<>();
      for (Row row : rows) {
        shares.merge(row.get(0) + " in a", 1.0 / drawn, Double::sum);
        shares.merge(row.get(1) + " in b", 1.0 / drawn, Double::sum);
        shares.merge(row.isNullAt(2) + " no n", 1.0 / drawn, Double::sum);
        shares.merge(row.get(3) + " in yes", 1.0 / drawn, Double::sum);
        assertThat(row.isNullAt(2) || (row.getInt(2) >= 0 && row.getInt(2) <= 8)).isTrue();
      }
      Map<String, Double> expected =
          Map.of(
              "null in a",
              .2,
              "a in a",
              .8,
              "x in b",
              .3,
              "y in b",
              .5,
              "z in b",
              .2,
              "true no n",
              .1,
              "false no n",
              .9,
              "true in yes",
              .25,
              "false in yes",
              .75);
      assertThat(shares).containsOnlyKeys(expected.keySet());
      expected.forEach(
          (level, share) -> {
            double error = 4 * Math.sqrt(share * (1 - share) / drawn);
            assertThat(shares.get(level))
                .as(level + " within " + error)
                .isCloseTo(share, within(error));
          });
    }
  }
}
