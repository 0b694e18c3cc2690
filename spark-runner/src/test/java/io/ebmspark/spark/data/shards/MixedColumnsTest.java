package io.ebmspark.spark.data.shards;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.ebmspark.core.data.FeatureScaling;
import io.ebmspark.core.data.RowBlock;
import io.ebmspark.core.settings.SettingsBinder;
import io.ebmspark.core.settings.SettingsTree;
import io.ebmspark.core.settings.SettingsWriter;
import io.ebmspark.spark.Phases;
import io.ebmspark.spark.data.ColumnSettings.Transform;
import io.ebmspark.spark.data.ColumnSettings.Use;
import io.ebmspark.spark.data.DataException;
import io.ebmspark.spark.data.InternalRows;
import io.ebmspark.spark.data.MissingValues;
import io.ebmspark.spark.data.Sample;
import io.ebmspark.spark.data.Sessions;
import io.ebmspark.spark.data.encoding.Categorical;
import io.ebmspark.spark.data.encoding.ColumnKind;
import io.ebmspark.spark.data.encoding.ColumnValue;
import io.ebmspark.spark.data.encoding.Encoding;
import io.ebmspark.spark.data.encoding.Frequency;
import io.ebmspark.spark.data.encoding.Levels;
import io.ebmspark.spark.data.encoding.Numeric;
import io.ebmspark.spark.data.encoding.RowEncoder;
import io.ebmspark.spark.data.features.FeatureExtractor;
import io.ebmspark.spark.model.FeatureSettings;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;

/** Text, dates, booleans and missing values become inputs, and inputs become them again. */
class MixedColumnsTest {
  private static final SparkSession SPARK = Sessions.shared();

  /** 400 rows: colour red 200, green 100, blue 60, none 40; a town of 200; age with gaps. */
  private static Dataset<Row> people(int rows) {
    Dataset<Row> table =
        SPARK.sql(
            ("select id * 7 %% 31 + 0.5 as x, if(id %% 10 = 3, null, int(20 + id %% 50)) as age,"
                    + " case when id %% 20 < 10 then 'red' when id %% 20 < 15 then 'green'"
                    + " when id %% 20 < 18 then 'blue' else null end as colour,"
                    + " concat('t', int(sqrt(id))) as town, id %% 3 = 0 as member,"
                    + " date_add(date '2024-01-01', int(id %% 400)) as day,"
                    + " concat('person ', id) as name from range(%d)")
                .formatted(rows));
    table.createOrReplaceTempView("people");
    return table;
  }

  private static Sample sample() {
    return Sample.table("people").missing(MissingValues.INDICATOR).holdOut(0, 1);
  }

  private static ShardedTable load(Dataset<Row> table, Sample sample, int shards) {
    return ShardedTable.of(table, sample.settings(), shards);
  }

  private static float[] packed(ShardedTable table) {
    return packed(table.shards());
  }

  private static float[] packed(JavaRDD<RowBlock> rows) {
    List<RowBlock> blocks = rows.collect();
    float[] all = new float[0];
    for (RowBlock block : blocks) {
      int before = all.length;
      all = Arrays.copyOf(all, before + block.values().length);
      System.arraycopy(block.values(), 0, all, before, block.values().length);
    }
    return all;
  }

  @Test
  void everyColumnBecomesInputsByWhatItHolds() {
    try (ShardedTable table = load(people(400), sample().column("day", Use.DATE), 3)) {
      Units units = table.units();
      assertThat(units.features()).containsExactly("x", "age", "colour", "town", "member", "day");
      assertThat(units.encodings().get("colour"))
          .isInstanceOfSatisfying(
              Categorical.class,
              colour -> {
                assertThat(colour.levels()).containsExactly("red", "green", "blue");
                assertThat(colour.missing()).isTrue();
              });
      assertThat(units.encodings().get("age")).isEqualTo(new Numeric(0, true));
      assertThat(units.encodings()).doesNotContainKeys("x", "member");
      assertThat(units.inputNames())
          .startsWith("x", "age", "age missing", "colour=red", "colour=green", "colour=blue")
          .contains("colour other", "colour missing", "day week sin");
      assertThat(table.leftOut().get("name")).isEqualTo("400 different texts in 400 rows");
      assertThat(table.notices())
          .anyMatch(notice -> notice.contains("age (40), colour (40)"))
          .anyMatch(notice -> notice.contains("colour as 3 levels; town as 20 levels"))
          .noneMatch(notice -> notice.contains("feature day looks like a row number"));
      // The means of a group are the shares of its levels.
      double[] means = units.means();
      assertThat(Arrays.copyOfRange(means, 2, 8)).containsExactly(.1, .5, .25, .15, 0, .1);
      FeatureSettings features = FeatureSettings.of(table, MissingValues.INDICATOR);
      assertThat(features.groups().get(2)).isEqualTo(new FeatureSettings.Group("colour", 3, 5));
      assertThat(
              SettingsBinder.bind(
                  SettingsTree.parse("config", SettingsWriter.toYaml(features)),
                  FeatureSettings.class))
          .isEqualTo(features);
    }
  }

  /** Written out by itself: what the group of a level is, and its scale. */
  @Test
  void groupsAreScaledToVaryAsOneColumn() {
    try (ShardedTable table = load(people(400), sample().features("colour", "x"), 2)) {
      float[] rows = packed(table);
      int width = table.units().scaling().width();
      double variance = 0;
      for (int i = 0; i < rows.length; i++) {
        variance += i % width < 5 ? (double) rows[i] * rows[i] : 0;
      }
      assertThat(variance / 400).isCloseTo(1, within(1e-5));
      double scale = Math.sqrt(1 - (.25 + .0625 + .0225 + .01));
      double distance = Math.sqrt(2) / scale;
      double sum = 0;
      for (int i = 0; i < 5; i++) {
        float red = (float) (((i == 0 ? 1 : 0) - table.means()[i]) / scale);
        float blue = (float) (((i == 2 ? 1 : 0) - table.means()[i]) / scale);
        sum += (red - blue) * (red - blue);
      }
      assertThat(Math.sqrt(sum)).isCloseTo(distance, within(1e-5));
    }
  }

  /** As a table loaded in the other model's units has them: another way to the same inputs. */
  @Test
  void rowsAreReadByAModelThatHasLearntOtherValues() {
    Sample sample = sample().holdOut(.3, 100_000);
    try (ShardedTable before = load(people(400).where("age is not null"), sample, 2)) {
      Dataset<Row> tonight = people(700).where("colour is null or colour <> 'blue' or id % 3 = 0");
      Units known = before.units();
      try (ShardedTable own = load(tonight, sample, 3);
          ShardedTable given =
              ShardedTable.of(tonight, sample.settings(), 3, Optional.of(known), Phases.silent())) {
        assertThat(own.units().encodings()).isNotEqualTo(known.encodings());
        double share = Math.min(own.heldOutShare(), given.heldOutShare());
        ShardedTable.ReadTwice both = own.readTwice(known, false, share).orElseThrow();
        float[] others = packed(both.others());
        assertThat(others).isNotEmpty().isEqualTo(packed(given.heldOut(share)));
        int rows = others.length / known.scaling().width();
        assertThat(packed(both.own())).hasSize(rows * own.units().scaling().width());
        // Rows without an age are none that the other model can read, unless it puts in a mean.
        assertThat(packed(own.readTwice(known, true, share).orElseThrow().others()))
            .hasSizeGreaterThan(others.length);
        assertThat(given.readTwice(own.units(), false, share)).isPresent();
        Units ofNumbers =
            new Units(
                known.features(),
                FeatureScaling.identity(known.features().size()),
                new double[known.features().size()]);
        assertThat(own.readTwice(ofNumbers, false, share)).as("colours as numbers").isEmpty();
      }
    }
  }

  @Test
  void sameBitsWhateverThePartitions() {
    Dataset<Row> table = people(700);
    Sample sample = sample().holdOut(.2, 100_000).column("day", Use.DATE);
    try (ShardedTable one = load(table.repartition(1), sample, 4);
        ShardedTable many = load(table.repartition(13), sample, 4);
        ShardedTable other = load(table.repartition(5), sample, 9)) {
      assertThat(packed(one)).isEqualTo(packed(many));
      assertThat(FeatureSettings.of(one, MissingValues.INDICATOR))
          .isEqualTo(FeatureSettings.of(many, MissingValues.INDICATOR));
      assertThat(one.fingerprint()).isEqualTo(other.fingerprint());
      assertThat(one.units().encodings()).isEqualTo(other.units().encodings());
      assertThat(one.heldOutRows()).isEqualTo(other.heldOutRows()).isPositive();
      float[] a = packed(one);
      float[] b = packed(other);
      assertThat(b).hasSameSizeAs(a);
      for (int i = 0; i < a.length; i++) {
        assertThat(b[i]).isCloseTo(a[i], within(1e-5f));
      }
    }
  }

  /** Which rows are held out does not depend on what a model makes of them. */
  @Test
  void heldOutRowsDoNotDependOnLevels() {
    Dataset<Row> table = people(700);
    Sample few = sample().holdOut(.2, 100_000).features("colour", "x", "town");
    few.column("town", Use.CATEGORY, 3);
    Sample many = sample().holdOut(.2, 100_000).features("colour", "x", "town");
    many.column("town", Use.FREQUENCY);
    try (ShardedTable one = load(table, few, 4);
        ShardedTable other = load(table, many, 4)) {
      assertThat(one.heldOutRows()).isEqualTo(other.heldOutRows()).isPositive();
      assertThat(one.fingerprint()).isEqualTo(other.fingerprint());
      assertThat(one.units().encodings().get("town"))
          .isInstanceOfSatisfying(Categorical.class, town -> assertThat(town.levels()).hasSize(3));
      assertThat(one.units().inputNames()).contains("town other").doesNotContain("town missing");
    }
  }

  /** Encoding a table's values and decoding the inputs gives the values again. */
  @Test
  void encodingAndDecodingAreInverse() {
    Dataset<Row> rows = people(400);
    Sample sample = sample().column("day", Use.DATE).transform(Transform.LOG);
    try (ShardedTable table = load(rows, sample, 2)) {
      RowEncoder encoder = table.units().encoder();
      Dataset<Row> selected = table.features().select(rows);
      FeatureExtractor extractor = new FeatureExtractor(table.features(), selected.schema());
      List<double[]> numbers = InternalRows.of(selected).map(extractor::extract).collect();
      float[] inputs = new float[encoder.inputs()];
      int at = 0;
      for (Row row : selected.collectAsList()) {
        assertThat(encoder.encode(numbers.get(at++), encoder.inOrder(), inputs, 0)).isTrue();
        Object[] values = encoder.decode(inputs, 0, 7);
        assertThat((double) values[0]).isCloseTo(row.getDecimal(0).doubleValue(), within(1e-4));
        if (row.isNullAt(1)) {
          assertThat(values[1]).isNull();
        } else {
          assertThat((double) values[1]).isCloseTo(row.getInt(1), within(1e-4));
        }
        assertThat(values[2]).isEqualTo(row.get(2));
        assertThat(values[3]).isEqualTo(row.get(3));
        assertThat((double) values[4]).isCloseTo(row.getBoolean(4) ? 1 : 0, within(1e-4));
        assertThat(values[5]).isEqualTo((double) row.getDate(5).toLocalDate().toEpochDay());
      }
    }
  }

  @Test
  void columnsOfManyRepeatedValuesComeAsTheirFrequency() {
    Dataset<Row> rows =
        SPARK.sql(
            "select concat('s', id % 300) as s, id % 11 as x from range(900) union all"
                + " select 's0', id % 11 from range(300)");
    rows.createOrReplaceTempView("streets");
    try (ShardedTable table = load(rows, Sample.table("streets").holdOut(0, 1), 2)) {
      Frequency encoding = (Frequency) table.units().encodings().get("s");
      assertThat(encoding.levels()).hasSize(300).startsWith("s0", "s1", "s10", "s100");
      assertThat(encoding.counts()).startsWith(303L, 3L, 3L);
      assertThat(encoding.input(303)).isCloseTo(Math.log(303.5 / 1201), within(1e-12));
      double sum = 0;
      float[] packed = packed(table);
      for (int i = 0; i < packed.length; i += 2) {
        sum += packed[i];
      }
      assertThat(sum / 1200).isCloseTo(0, within(1e-5));
      Object[] drawn = table.units().encoder().decode(new float[] {9, 0}, 0, 3);
      assertThat(drawn[0]).isEqualTo("s0");
    }
  }

  /** Text is whatever a table holds: config.json keeps every character. */
  @Test
  void anyTextCanBeALevel() {
    List<String> levels =
        List.of(
            "null",
            "true",
            "1",
            "~",
            " a",
            "a\tb",
            "n\u0085l",
            "x\u2028y",
            "\u0096",
            "\ufeff",
            "é😀",
            "'\"\\",
            "\ud800");
    record Holder(Encoding encoding) {}
    Holder holder = new Holder(new Categorical(ColumnKind.TEXT, levels, List.of(), false));
    assertThat(
            SettingsBinder.bind(
                SettingsTree.parse("config", SettingsWriter.toJson(holder)), Holder.class))
        .isEqualTo(holder);
    Levels places = Levels.of(levels, ColumnKind.TEXT);
    for (int i = 0; i < levels.size(); i++) {
      assertThat(places.place(ColumnValue.of(levels.get(i)))).isEqualTo(i);
    }
    assertThat(places.place(ColumnValue.of("A"))).isEqualTo(levels.size());
    assertThat(places.place(ColumnValue.of("\t"))).isEqualTo(levels.size() + 1);
  }

  @Test
  void whatIsNamedIsNotLeftOutInSilence() {
    people(400);
    assertThatThrownBy(() -> load(people(400), sample().features("name", "x"), 1).close())
        .isInstanceOf(DataException.class)
        .hasMessageContainingAll("feature name has 400 different texts", "as: frequency");
  }

  @Test
  void logarithmsAreChosenByTheSkewnessOfCounts() {
    Dataset<Row> rows =
        SPARK.sql(
            "select exp(6 * (id / 999.0) * (id / 999.0) * (id / 999.0)) as far,"
                + " double(id) as even, -exp(6 * (id / 999.0)) as minus from range(1000)");
    rows.createOrReplaceTempView("skewed");
    Sample sample = Sample.table("skewed").transform(Transform.AUTO).holdOut(0, 1);
    try (ShardedTable table = load(rows, sample, 3)) {
      assertThat(table.units().encodings()).containsOnlyKeys("far");
      float[] packed = packed(table);
      double mean = 0;
      double squares = 0;
      for (int i = 0; i < packed.length; i += 3) {
        mean += packed[i] / 1000.0;
        squares += packed[i] * packed[i] / 1000.0;
      }
      assertThat(mean).isCloseTo(0, within(.02));
      assertThat(squares).isCloseTo(1, within(.03));
      assertThat(table.notices()).anyMatch(notice -> notice.contains("far as its logarithm"));
    }
  }
}
