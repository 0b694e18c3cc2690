package io.ebmspark.spark.data.shards;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.ebmspark.core.data.RowBlock;
import io.ebmspark.core.energy.Activation;
import io.ebmspark.core.energy.Mlp;
import io.ebmspark.core.settings.SettingsBinder;
import io.ebmspark.core.settings.SettingsTree;
import io.ebmspark.core.training.TrainingSettings;
import io.ebmspark.spark.data.DataException;
import io.ebmspark.spark.data.Sample;
import io.ebmspark.spark.data.Sessions;
import io.ebmspark.spark.train.SparkTrainer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tables with a column that says what a row counts for. */
class WeightedTableTest {
  private static final StructType COLUMNS =
      new StructType()
          .add("a", DataTypes.DoubleType)
          .add("b", DataTypes.DoubleType)
          .add("w", DataTypes.DoubleType);

  private final SparkSession spark = Sessions.shared();

  /** Every third row counts twice, or is there twice; every fourth counts for nothing. */
  private static List<Row> rows(boolean copied, boolean withZeros) {
    Random random = new Random(6);
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < 240; i++) {
      double a = 3 * random.nextGaussian() + 1;
      double b = random.nextGaussian();
      double weight = i % 4 == 0 ? 0 : i % 3 == 0 ? 2 : 1;
      for (int copy = 0; copy < (copied ? weight : weight > 0 || withZeros ? 1 : 0); copy++) {
        rows.add(RowFactory.create(a, b, copied ? 1.0 : weight));
      }
    }
    return rows;
  }

  private ShardedTable load(List<Row> rows, Sample sample) {
    spark.createDataFrame(rows, COLUMNS).repartition(3).createOrReplaceTempView("t");
    return ShardedTable.load(spark, sample.settings(), 3);
  }

  private static Sample weighted() {
    return Sample.table("t").weight("w").holdOut(0, 1);
  }

  private static float[] trained(ShardedTable table) {
    TrainingSettings settings =
        SettingsBinder.bind(
            SettingsTree.parse(
                "t",
                "{objective: {kind: exact-score-matching}, steps: 5, batchSize: 1000, shards: 3,"
                    + " optimizer: {kind: sgd}, learningRate: 0.1}"),
            TrainingSettings.class);
    return SparkTrainer.train(table, new Mlp(List.of(8), Activation.SILU), settings, m -> {})
        .parameters();
  }

  @Test
  void aRowOfWeightTwoIsTwoRows() {
    try (ShardedTable weighted = load(rows(false, true), weighted());
        ShardedTable copied =
            load(rows(true, false), Sample.table("t").exclude("w").holdOut(0, 1));
        ShardedTable plain =
            load(rows(false, true), Sample.table("t").exclude("w").holdOut(0, 1))) {
      assertThat(weighted.features().columns()).containsExactly("a", "b");
      assertThat(weighted.leftOut()).containsEntry("w", "the weight of a row");
      assertThat(weighted.rows()).isEqualTo(180);
      assertThat(copied.rows()).isEqualTo(240);
      for (int i = 0; i < 2; i++) {
        assertThat(weighted.scaling().offset()[i])
            .isCloseTo(copied.scaling().offset()[i], within(1e-12));
        assertThat(weighted.scaling().scale()[i])
            .isCloseTo(copied.scaling().scale()[i], within(1e-12));
      }
      float[] byWeight = trained(weighted);
      float[] byCopies = trained(copied);
      float[] ofAll = trained(plain);
      double apart = 0;
      for (int i = 0; i < byWeight.length; i++) {
        assertThat(byWeight[i]).isCloseTo(byCopies[i], within(1e-5f));
        apart = Math.max(apart, Math.abs(ofAll[i] - byCopies[i]));
      }
      assertThat(apart).isGreaterThan(1e-4);
    }
  }

  @Test
  void aRowOfWeightZeroIsAsIfItWereNotThere() {
    try (ShardedTable with = load(rows(false, true), weighted());
        ShardedTable without = load(rows(false, false), weighted());
        ShardedTable plain = load(rows(false, false), Sample.table("t").exclude("w"))) {
      assertThat(with.fingerprint()).isEqualTo(without.fingerprint());
      assertThat(with.fingerprint()).isNotEqualTo(plain.fingerprint());
      assertThat(with.rowsRead()).isEqualTo(180);
      double sum = 0;
      for (RowBlock block : with.shards().collect()) {
        for (float weight : block.weights()) {
          sum += weight;
        }
      }
      assertThat(sum / 180).isCloseTo(1, within(1e-6));
      assertThat(trained(with)).isEqualTo(trained(without));
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {"-1", "NaN", "Infinity", "1e300", "null"})
  void weightsMustBeNumbersThatCanBeAdded(String weight) {
    List<Row> rows = new ArrayList<>(rows(false, true));
    rows.add(RowFactory.create(1.0, 2.0, weight.equals("null") ? null : Double.valueOf(weight)));
    assertThatThrownBy(() -> load(rows, weighted()))
        .isInstanceOf(DataException.class)
        .hasMessageContaining(
            "1 of 181 rows have no weight in data.weight w that is a number from 0 to 3.4e38");
  }

  @Test
  void aTableWithoutAnyWeightSaysSo() {
    List<Row> none = List.of(RowFactory.create(1.0, 2.0, 0.0), RowFactory.create(2.0, 1.0, 0.0));
    assertThatThrownBy(() -> load(none, weighted()))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("has 0 rows of a weight above 0 in w, but training needs at least 2");
  }

  @Test
  void theColumnMustBeThereAndNoFeature() {
    assertThatThrownBy(() -> load(rows(false, true), Sample.table("t").weight("ww")))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("data.weight names a column that table t does not have: ww");
    assertThatThrownBy(() -> load(rows(false, true), weighted().features("a", "w")))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("data.weight w is in data.features too");
  }

  @Test
  void textThatIsNoNumberAndOtherTypesAreTold() {
    spark
        .sql("select id a, string(id) n, 'x' x, array(1) l from range(9)")
        .createOrReplaceTempView("typed");
    try (ShardedTable table = load("n")) {
      assertThat(table.rows()).isEqualTo(8);
    }
    assertThatThrownBy(() -> load("x"))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("9 of 9 rows have no weight in data.weight x that is a number");
    assertThatThrownBy(() -> load("l"))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("data.weight l is a column of type array<int>; name one of numbers");
  }

  private ShardedTable load(String weight) {
    Sample sample = Sample.table("typed").features("a").weight(weight);
    return ShardedTable.load(spark, sample.settings(), 3);
  }
}
