package io.ebmspark.spark.profile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.ebmspark.core.settings.SettingsBinder;
import io.ebmspark.core.settings.SettingsTree;
import io.ebmspark.core.settings.SettingsWriter;
import io.ebmspark.spark.data.ColumnSettings;
import io.ebmspark.spark.data.DataException;
import io.ebmspark.spark.data.DataSettings;
import io.ebmspark.spark.data.InternalRows;
import io.ebmspark.spark.data.MissingValues;
import io.ebmspark.spark.data.Sample;
import io.ebmspark.spark.data.Sessions;
import io.ebmspark.spark.data.shards.ShardedTable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TableScanTest {
  private static final SparkSession SPARK = Sessions.shared();
  private static final DataSettings ALL = Sample.table("rows").settings();

  /** More rows than are sampled, of a skewed column, one of few values, one with nulls. */
  private static Dataset<Row> rows(long count) {
    return SPARK
        .range(0, count, 1, 5)
        .selectExpr(
            "double(xxhash64(id) % 1000003) * double(xxhash64(id, 7) % 1009) AS skewed",
            "int(pmod(xxhash64(id, 3), 5)) AS few",
            "CASE WHEN pmod(id, 3) = 0 THEN null WHEN pmod(id, 100) = 1 THEN double('NaN')"
                + " ELSE double(id) END AS gaps");
  }

  @Test
  void profileIsTheSameHoweverRowsAreStoredAndSurvivesItsFile() {
    Dataset<Row> rows = rows(130_000).cache();
    DataProfile profile = TableScan.of(rows, ALL).profile();
    DataProfile other =
        TableScan.of(rows.repartition(3).sortWithinPartitions("gaps"), ALL).profile();
    assertThat(other).isEqualTo(profile);
    String json = SettingsWriter.toJson(profile);
    assertThat(SettingsBinder.bind(SettingsTree.parse("profile", json), DataProfile.class))
        .isEqualTo(profile);
    assertThat(profile.rows()).isEqualTo(130_000);
    assertThat(profile.sampled()).isEqualTo(100_000);

    ColumnProfile few = profile.column("few").orElseThrow();
    assertThat(few.bins().categories()).isTrue();
    assertThat(few.bins().edges()).containsExactly(0.0, 1.0, 2.0, 3.0, 4.0);
    ColumnProfile gaps = profile.column("gaps").orElseThrow();
    assertThat(gaps.nulls()).isEqualTo(rows.where("gaps IS NULL OR isnan(gaps)").count());
    assertThat(gaps.min()).contains(2.0);
    assertThat(gaps.max()).contains(129_998.0);

    double[] values =
        rows.select("skewed").collectAsList().stream()
            .mapToDouble(row -> row.getDouble(0))
            .toArray();
    ColumnProfile skewed = profile.column("skewed").orElseThrow();
    assertThat(skewed.bins().size()).isEqualTo(20);
    List<Double> edges = skewed.bins().edges();
    for (int bin = 0; bin < 20; bin++) {
      double from = edges.get(bin);
      double to = edges.get(bin + 1);
      boolean last = bin == 19;
      long counted =
          Arrays.stream(values).filter(x -> x >= from && (last ? x <= to : x < to)).count();
      assertThat(skewed.counts().get(bin)).isEqualTo(counted);
      // Edges are quantiles of 100 000 rows: their ranks have a deviation of at most .16 %.
      assertThat(counted / 130_000.0).isCloseTo(.05, within(.007));
    }
    double mean = Arrays.stream(values).average().orElseThrow();
    double deviation =
        Math.sqrt(Arrays.stream(values).map(x -> (x - mean) * (x - mean)).average().orElseThrow());
    assertThat(skewed.mean().orElseThrow())
        .isCloseTo(mean, within(5 * deviation / Math.sqrt(100_000)));
    assertThat(skewed.deviation().orElseThrow()).isCloseTo(deviation, within(.02 * deviation));
    rows.unpersist();
  }

  /** Rows there are once, twice and four thousand times; complete ones and others. */
  @Test
  void rowsThatWereReadGiveTheProfileOfTheirSource() {
    Dataset<Row> once = rows(140_000);
    Dataset<Row> rows =
        once.union(once.limit(500)).union(once.limit(1).crossJoin(SPARK.range(4_000)).drop("id"));
    DataSettings data = Sample.table("rows").missing(MissingValues.DROP).settings();
    try (ShardedTable table = ShardedTable.of(rows, data, 3)) {
      assertThat(table.rows()).isLessThan(100_000);
      DataProfile profile = TableScan.of(rows, table, data.source()).profile();
      assertThat(profile).isEqualTo(TableScan.of(rows, data).profile());
      assertThat(profile.rows()).isEqualTo(144_500);
    }
    Dataset<Row> text = once.limit(2_000).selectExpr("skewed", "concat('level ', few) AS level");
    try (ShardedTable table = ShardedTable.of(text, data, 3)) {
      assertThat(TableScan.of(text, table, data.source()).profile())
          .isEqualTo(TableScan.of(text, data).profile());
    }
    // A fifth of these rows has no weight, and is not kept to train on.
    DataSettings weighted =
        Sample.table("rows").missing(MissingValues.DROP).weight("few").settings();
    Dataset<Row> some = once.limit(2_000);
    try (ShardedTable table = ShardedTable.of(some, weighted, 3)) {
      DataProfile profile = TableScan.of(some, table, weighted.source()).profile();
      assertThat(profile).isEqualTo(TableScan.of(some, weighted).profile());
      assertThat(profile.rows()).isEqualTo(2_000);
    }
  }

  /**
   * A file that is read in batches of columns, more rows than one holds, text and nulls among them.
   */
  @Test
  void batchesOfColumnsGiveTheProfileOfTheirRows(@TempDir Path folder) {
    Dataset<Row> rows =
        rows(9_000).selectExpr("*", "if(few = 3, null, concat('level ', few)) AS level");
    String path = folder.resolve("table").toString();
    rows.coalesce(2).write().parquet(path);
    Dataset<Row> file = SPARK.read().parquet(path);
    Dataset<Row> computed = file.withColumn("skewed", functions.expr("skewed + 0"));
    assertThat(InternalRows.batches(file)).isPresent();
    assertThat(InternalRows.batches(computed)).isEmpty();
    assertThat(TableScan.of(file, ALL).profile()).isEqualTo(TableScan.of(computed, ALL).profile());
  }

  @Test
  void newRowsAreCountedByOldBins() {
    DataProfile profile = TableScan.of(rows(2_000), ALL).profile();
    Dataset<Row> moved =
        SPARK.sql(
            "SELECT * FROM VALUES (-1e18D, 7, null), (1e18D, 0, 5D), (1e18D, 4, 1e9D),"
                + " (double('NaN'), 9, -1D) AS t(skewed, few, gaps)");
    DataProfile other = TableScan.of(rows(50), ALL).profile();
    DataProfile narrow = TableScan.of(rows(50).drop("gaps"), ALL).profile();
    TableScan scan =
        TableScan.of(moved, profile.toFeatures(), ALL.source(), List.of(other, narrow, profile));
    assertThat(scan.counts(narrow)).as("of not all columns").isEmpty();
    assertThat(scan.counts(other).orElseThrow().get(0).nulls()).isEqualTo(1);
    List<BinCounts> counts = scan.counts(profile).orElseThrow();
    assertThat(scan.names()).containsExactly("skewed", "few", "gaps");
    BinCounts skewed = counts.get(0);
    assertThat(List.of(skewed.nulls(), skewed.below(), skewed.above())).containsExactly(1L, 1L, 2L);
    BinCounts few = counts.get(1);
    assertThat(few.inBins()).containsExactly(1, 0, 0, 0, 1);
    assertThat(few.below()).isEqualTo(2);
    BinCounts gaps = counts.get(2);
    assertThat(List.of(gaps.nulls(), gaps.below(), gaps.above())).containsExactly(1L, 1L, 1L);
  }

  @Test
  void valuesOfArraysAreColumnsAndWrongLengthsHaveNone() {
    Dataset<Row> arrays =
        SPARK
            .range(0, 200, 1, 3)
            .select(
                functions.expr(
                    "transform(sequence(0, if(id = 7, 2, 1499)), i -> double(i * id)) AS a"));
    DataProfile profile =
        TableScan.of(arrays, Sample.table("rows").features("a").shape(1500).settings()).profile();
    assertThat(profile.packed()).isTrue();
    assertThat(profile.width()).isEqualTo(1500);
    assertThat(profile.wrongLengths()).isEqualTo(1);
    assertThat(profile.columns()).hasSize(750);
    ColumnProfile third = profile.columns().get(2);
    assertThat(third.name()).isEqualTo("a[4]");
    assertThat(third.nulls()).isEqualTo(1);
    assertThat(third.max()).contains(4 * 199.0);
    assertThat(profile.columns().get(0).isConstant()).isTrue();
  }

  @Test
  void copiesOfRowsAreCountedInTheSample() {
    Dataset<Row> rows = SPARK.range(0, 900, 1, 4).selectExpr("double(id % 300) AS x");
    DataProfile profile = TableScan.of(rows.union(rows.limit(100)), ALL).profile();
    assertThat(profile.sampled()).isEqualTo(1000);
    assertThat(profile.distinct()).isEqualTo(300);
    assertThat(profile.copiesSquared()).isEqualTo(100 * 16 + 200 * 9);
    assertThat(profile.duplicates()).isCloseTo(.7, within(1e-12));

    // One row fewer makes a different table, and so does one different value.
    String fingerprint = TableScan.of(rows, ALL).fingerprint();
    assertThat(TableScan.of(rows.repartition(2), ALL).fingerprint()).isEqualTo(fingerprint);
    assertThat(TableScan.of(rows.limit(899), ALL).fingerprint()).isNotEqualTo(fingerprint);
    assertThat(TableScan.of(rows.limit(899).union(SPARK.sql("SELECT 7D AS x")), ALL).fingerprint())
        .isNotEqualTo(fingerprint);
  }

  @Test
  void aValueThatFillsBinsHasOneOfItsOwn() {
    SplittableRandom random = new SplittableRandom(1);
    double[] sorted = random.doubles(1000).map(x -> x < .6 ? 0 : x).sorted().toArray();
    Bins bins = Bins.ofEqualFrequency(sorted, sorted[0], sorted[999], 20);
    BinCounts counts = new BinCounts(bins);
    Arrays.stream(sorted).forEach(counts::add);
    assertThat(bins.names().get(0)).isEqualTo("0");
    assertThat(counts.inBins()[0]).isEqualTo(Arrays.stream(sorted).filter(x -> x == 0).count());
    assertThat(Arrays.stream(counts.inBins()).sum()).isEqualTo(1000);
  }

  @Test
  void binsOfDatesAreCalledByTheirDates() {
    Dataset<Row> rows =
        SPARK.sql("SELECT date_add(DATE '2026-01-01', int(id)) AS day, id AS x FROM range(400)");
    DataSettings dated = Sample.table("t").column("day", ColumnSettings.Use.DATE).settings();
    DataProfile profile = TableScan.of(rows, dated).profile();
    List<String> names = profile.binNames(profile.column("day").orElseThrow());
    assertThat(names.get(0)).startsWith("2026-01-01 to 2026-01-");
    assertThat(names.get(names.size() - 1)).endsWith(" to 2027-02-04");
    assertThat(profile.binNames(profile.column("x").orElseThrow()).get(0)).startsWith("0 to ");
  }

  /** Spark throws a checked exception that it does not declare. */
  @Test
  void aCorruptFileIsAFaultOfTheData(@TempDir Path folder) throws IOException {
    String path = folder.resolve("table").toString();
    rows(2_000).coalesce(1).write().parquet(path);
    try (Stream<Path> files = Files.list(Path.of(path))) {
      for (Path file : files.toList()) {
        if (file.toString().endsWith(".crc")) {
          Files.delete(file);
        } else if (file.toString().endsWith(".parquet")) {
          byte[] bytes = Files.readAllBytes(file);
          Arrays.fill(bytes, 4, 400, (byte) 37);
          Files.write(file, bytes);
        }
      }
    }
    Dataset<Row> table = SPARK.read().parquet(path);
    assertThatThrownBy(() -> TableScan.of(table, ALL))
        .isInstanceOf(DataException.class)
        .hasMessageContaining(
            "cannot be read through; correct what it is read and computed from (");
  }
}
