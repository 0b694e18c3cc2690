package io.ebmspark.spark.sample;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.ebmspark.core.data.RowBlock;
import io.ebmspark.core.settings.SettingsBinder;
import io.ebmspark.core.settings.SettingsTree;
import io.ebmspark.spark.data.ColumnSettings.Use;
import io.ebmspark.spark.data.ConstantColumns;
import io.ebmspark.spark.data.DataSettings;
import io.ebmspark.spark.data.MissingValues;
import io.ebmspark.spark.data.Sample;
import io.ebmspark.spark.data.Sessions;
import io.ebmspark.spark.data.encoding.RowEncoder;
import io.ebmspark.spark.data.shards.Decimals;
import io.ebmspark.spark.data.shards.FewValues;
import io.ebmspark.spark.data.shards.ShardedTable;
import io.ebmspark.spark.model.FeatureSettings;
import java.math.BigDecimal;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.IntStream;
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
      List<Row> rows =
          new DrawnRows(features, true, ZoneOffset.UTC).rows(0, states, inputs -> new float[drawn]);
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

  /** Whatever the type of a column, what is drawn for it has the decimal places of its values. */
  @Test
  void numbersHaveTheDecimalPlacesOfTheTable() {
    SPARK
        .sql(
            "select round(10 * randn(1), 2) as price, double(id % 7) as pieces,"
                + " float(round(randn(2), 1)) as grade, randn(3) as size, id * 0.000001d as tiny"
                + " from range(500)")
        .createOrReplaceTempView("decimals");
    Sample sample = Sample.table("decimals").holdOut(0.1, 500);
    try (ShardedTable table = ShardedTable.load(SPARK, sample.settings(), 3)) {
      FeatureSettings features = FeatureSettings.of(table, MissingValues.ERROR);
      assertThat(features.decimals()).containsExactly(2, 0, 1, Decimals.NONE, 6);
      Random random = new Random(3);
      float[] states = new float[100 * 5];
      for (int i = 0; i < states.length; i++) {
        states[i] = (float) random.nextGaussian();
      }
      List<Row> rows =
          new DrawnRows(features, false, ZoneOffset.UTC).rows(0, states, inputs -> new float[100]);
      for (Row row : rows) {
        assertThat(places(row.get(0))).isLessThanOrEqualTo(2);
        assertThat(row.getDouble(1)).isEqualTo(Math.rint(row.getDouble(1)));
        assertThat(places(row.get(2))).isLessThanOrEqualTo(1);
        assertThat(places(row.get(4))).isLessThanOrEqualTo(6);
      }
      assertThat(rows).anyMatch(row -> new BigDecimal(row.getDouble(3)).scale() > 6);
    }
  }

  /**
   * Steps of a scale are kept; what has all values between its ends, or many, is told of by none.
   */
  @Test
  void numbersOfFewValuesAreOneOfThem() {
    SPARK
        .sql(
            "select (id % 9) / 7 as step, int(pow(2, id % 6)) as power, int(id % 40) as count,"
                + " randn(1) as size, if(id % 3 = 0, null, int(id % 2 * 5)) as gap, 7 as same"
                + " from range(900)")
        .createOrReplaceTempView("steps");
    Sample sample =
        Sample.table("steps")
            .missing(MissingValues.MEAN)
            .constant(ConstantColumns.KEEP)
            .holdOut(0.1, 500);
    try (ShardedTable table = ShardedTable.load(SPARK, sample.settings(), 3)) {
      FeatureSettings features = FeatureSettings.of(table, MissingValues.MEAN);
      List<Double> steps = IntStream.range(0, 9).mapToObj(i -> i / 7.0).toList();
      assertThat(features.values())
          .containsOnly(
              Map.entry("step", steps),
              Map.entry("power", List.of(1.0, 2.0, 4.0, 8.0, 16.0, 32.0)),
              Map.entry("gap", List.of(0.0, 5.0)),
              Map.entry("same", List.of(7.0)));
      Random random = new Random(3);
      float[] states = new float[200 * 6];
      for (int i = 0; i < states.length; i++) {
        states[i] = (float) (2 * random.nextGaussian());
      }
      for (Row row :
          new DrawnRows(features, true, ZoneOffset.UTC).rows(0, states, inputs -> new float[200])) {
        assertThat(row.getDouble(0)).isIn(steps);
        assertThat(row.getInt(1)).isIn(1, 2, 4, 8, 16, 32);
        assertThat(row.getInt(4)).isIn(0, 5);
      }
      // Beyond the ends, if they are not clipped, there is any whole number.
      assertThat(
              new DrawnRows(features, false, ZoneOffset.UTC)
                  .rows(0, states, inputs -> new float[200]))
          .anyMatch(row -> row.getInt(1) > 32)
          .allMatch(row -> row.getInt(5) == 7)
          .allMatch(
              row ->
                  row.getInt(1) > 32 || row.getInt(1) < 1 || Integer.bitCount(row.getInt(1)) == 1);
    }
  }

  /** A value is there six times on average, also where most rows have none and are dropped. */
  @Test
  void rowsThatAreDroppedAreNotCountedAmongThoseWithoutAValue() {
    SPARK
        .sql(
            "select double(id) / 3 as size, if(id % 10 < 6, null, double(id % 7) / 3) as step"
                + " from range(100)")
        .createOrReplaceTempView("dropped");
    Sample sample = Sample.table("dropped").missing(MissingValues.DROP);
    try (ShardedTable table = ShardedTable.load(SPARK, sample.settings(), 2)) {
      assertThat(table.fewValues()).containsOnlyKeys("step");
      assertThat(table.fewValues().get("step")).hasSize(7);
    }
  }

  @Test
  void theNearestOfFewValues() {
    double[] few = {1, 2, 4};
    assertThat(FewValues.nearest(few, 2.9)).isEqualTo(2);
    assertThat(FewValues.nearest(few, 3.1)).isEqualTo(4);
    assertThat(FewValues.nearest(few, 2)).isEqualTo(2);
    assertThat(FewValues.nearest(few, 0.5)).isEqualTo(0.5);
    assertThat(FewValues.nearest(few, 9)).isEqualTo(9);
    assertThat(FewValues.nearest(new double[0], 9)).isEqualTo(9);
    assertThat(FewValues.nearest(new double[] {3}, 9)).isEqualTo(3);
  }

  /** A chain may end where its energy is finite, and the table's units are not. */
  @Test
  void noNumberDrawnIsInfinite() {
    SPARK
        .sql(
            "select cast(exp(id % 20) as decimal(20, 2)) as price, exp(id % 19) as size,"
                + " float(exp(id % 17)) as grade from range(500)")
        .createOrReplaceTempView("far");
    DataSettings data =
        SettingsBinder.bind(
            SettingsTree.parse("data", "{source: {table: far}, transform: log}"),
            DataSettings.class);
    try (ShardedTable table = ShardedTable.load(SPARK, data, 2)) {
      FeatureSettings features = FeatureSettings.of(table, MissingValues.INDICATOR);
      DrawnRows drawn = new DrawnRows(features, false, ZoneOffset.UTC);
      float far = 1e4f;
      List<Row> rows =
          drawn.rows(
              0,
              new float[] {far, far, far, -far, -far, -far},
              inputs -> new float[] {Float.NaN, 3});
      assertThat(rows.get(0).getDouble(3)).isEqualTo(Double.POSITIVE_INFINITY);
      BigDecimal most = new BigDecimal("999999999999999999.99");
      for (int row = 0; row < 2; row++) {
        int sign = row == 0 ? 1 : -1;
        assertThat(rows.get(row).getDecimal(0)).isEqualTo(most.multiply(BigDecimal.valueOf(sign)));
        assertThat(rows.get(row).getDouble(1)).isEqualTo(sign * Double.MAX_VALUE);
        assertThat(rows.get(row).getFloat(2)).isEqualTo(sign * Float.MAX_VALUE);
      }
    }
  }

  /** A level that is no round number is drawn to its last bit, or scoring would not know it. */
  @Test
  void levelsThatAreNumbersAreNotRounded() {
    SPARK
        .sql("select if(id % 2 = 0, 0.1d + 0.2d, 0.7d) as rate, randn(1) as size from range(100)")
        .createOrReplaceTempView("sums");
    Sample sample = Sample.table("sums").column("rate", Use.CATEGORY).holdOut(0, 1);
    try (ShardedTable table = ShardedTable.load(SPARK, sample.settings(), 1)) {
      FeatureSettings features = FeatureSettings.of(table, MissingValues.INDICATOR);
      List<Row> rows =
          new DrawnRows(features, false, ZoneOffset.UTC)
              .rows(
                  0,
                  new float[] {9, 0, 0, 0, 0, 9, 0, 0},
                  inputs -> {
                    assertThat(inputs[2]).isEqualTo(inputs[6]).isZero(); // of other values
                    return new float[2];
                  });
      assertThat(rows)
          .extracting(row -> row.getDouble(0))
          .containsExactlyInAnyOrder(0.1 + 0.2, 0.7);
    }
  }

  /** The energy of a row is that of the time written, not of one that its zone does not have. */
  @Test
  void aTimeThatTheClockSkipsIsTheOneAnHourLater() {
    String zone = "America/New_York";
    SPARK.conf().set("spark.sql.session.timeZone", zone);
    try {
      SPARK
          .sql(
              "select double(id) as size, timestamp '2024-03-09 00:10:00'"
                  + " + make_interval(0, 0, 0, 0, int(id % 72)) as at from range(500)")
          .createOrReplaceTempView("clock");
      DataSettings data =
          SettingsBinder.bind(
              SettingsTree.parse("data", "{source: {table: clock}, columns: {at: {as: date}}}"),
              DataSettings.class);
      try (ShardedTable table = ShardedTable.load(SPARK, data, 2)) {
        FeatureSettings features = FeatureSettings.of(table, MissingValues.INDICATOR);
        RowEncoder encoder = features.encoder();
        double day = LocalDate.of(2024, 3, 10).toEpochDay();
        float[] skipped = new float[encoder.inputs()];
        float[] later = new float[encoder.inputs()];
        encoder.encode(new double[] {3, day + 2.5 / 24}, encoder.inOrder(), skipped, 0);
        encoder.encode(new double[] {3, day + 3.5 / 24}, encoder.inOrder(), later, 0);
        List<float[]> asked = new ArrayList<>();
        Row row =
            new DrawnRows(features, false, ZoneOffset.UTC) // the model knows its zone
                .rows(
                    0,
                    skipped,
                    inputs -> {
                      asked.add(inputs.clone());
                      return new float[1];
                    })
                .get(0);
        LocalDateTime time = row.getAs(1);
        assertThat(time).isBetween("2024-03-10T03:29:00", "2024-03-10T03:31:00");
        assertThat(asked.get(0)).containsExactly(later, within(1e-3f));
      }
    } finally {
      SPARK.conf().unset("spark.sql.session.timeZone");
    }
  }

  private static int places(Object number) {
    return new BigDecimal(String.valueOf(number)).stripTrailingZeros().scale();
  }

  @Test
  void roundingGivesTheNearestDecimal() {
    assertThat(Decimals.round(2.675, 2)).isEqualTo(2.68);
    assertThat(Decimals.round(-0.3, 0)).isEqualTo(0.0);
    assertThat(Decimals.round(0.1 + 0.2, 6)).isEqualTo(0.3);
    assertThat(Decimals.round(Math.PI, Decimals.NONE)).isEqualTo(Math.PI);
  }
}
