package io.ebmspark.spark.score;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assertions.withinPercentage;

import io.ebmspark.core.energy.Gaussian;
import io.ebmspark.core.model.EnergyPercentiles;
import io.ebmspark.core.settings.SettingsBinder;
import io.ebmspark.core.settings.SettingsTree;
import io.ebmspark.core.settings.SettingsWriter;
import io.ebmspark.core.training.TrainingSettings;
import io.ebmspark.spark.ProcessCache;
import io.ebmspark.spark.data.DataException;
import io.ebmspark.spark.data.DataSettings;
import io.ebmspark.spark.data.MissingValues;
import io.ebmspark.spark.data.Sessions;
import io.ebmspark.spark.data.SourceSettings;
import io.ebmspark.spark.data.TaskFailure;
import io.ebmspark.spark.data.read.TableReader;
import io.ebmspark.spark.data.shards.ShardedTable;
import io.ebmspark.spark.model.FeatureSettings;
import io.ebmspark.spark.model.Model;
import io.ebmspark.spark.model.ModelConfig;
import io.ebmspark.spark.model.Provenance;
import io.ebmspark.spark.model.SamplingSettings;
import io.ebmspark.spark.sample.TableSampler;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.apache.spark.SparkEnv;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataTypes;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The model is a standard normal density of unscaled rows: E(x) = |x|²/2. */
class TableScorerTest {
  private static final SparkSession SPARK = Sessions.shared();
  @TempDir Path folder;

  /** A model of two features of a view whose rows' energies have the knots 0, 1, …, 4. */
  private static Model model(String view, String features) {
    DataSettings data =
        SettingsBinder.bind(
            SettingsTree.parse(
                "data",
                "{source: {table: " + view + "}, features: " + features + ", scaling: none}"),
            DataSettings.class);
    TrainingSettings training =
        SettingsBinder.bind(
            SettingsTree.parse(
                "training",
                "{objective: {kind: denoising-score-matching}, steps: 1, batchSize: 1}"),
            TrainingSettings.class);
    try (ShardedTable table = ShardedTable.load(SPARK, data, 1)) {
      ModelConfig config =
          new ModelConfig(
              ModelConfig.FORMAT,
              new Gaussian(List.of(0.0, 0.0), List.of(List.of(1.0, 0.0), List.of(0.0, 1.0))),
              List.of(2L),
              FeatureSettings.of(table, MissingValues.ERROR),
              1,
              training,
              new SamplingSettings(
                  Optional.empty(), 10, io.ebmspark.core.sampler.StartNoise.NORMAL, 1),
              data,
              new Provenance("", Map.of(), table.rows(), table.fingerprint(), 1, 0),
              new EnergyPercentiles(List.of(0.0, 1.0, 2.0, 3.0, 4.0)),
              "");
      return new Model(config, new float[0]);
    }
  }

  private static Model plain() {
    SPARK
        .sql("select double(id) as a, id * id as b, concat('k', id) as key from range(30)")
        .createOrReplaceTempView("training");
    return model("training", "[a, b]");
  }

  private static List<Row> scored(Model model, Dataset<Row> rows, ScoringSettings settings) {
    try (TableScorer scorer = new TableScorer(SPARK, model, settings)) {
      return scorer.score(rows).collectAsList();
    }
  }

  private static ScoringSettings settings(MissingValues missing) {
    return ScoringSettings.of(missing);
  }

  private SourceSettings source(String file, String format) {
    return SettingsBinder.bind(
        SettingsTree.parse(
            "source", "{path: '" + folder.resolve(file) + "', format: " + format + "}"),
        SourceSettings.class);
  }

  private Dataset<Row> read(Model model, String file, String format, String content)
      throws IOException {
    Files.writeString(folder.resolve(file), content);
    return TableReader.readWithAbsent(
        SPARK, source(file, format), model.config().features().knownColumns());
  }

  private static void refused(Model model, Dataset<Row> rows, String... words) {
    ScoringSettings settings =
        new ScoringSettings(
            MissingValues.ERROR,
            ScoringSettings.ENERGY,
            ScoringSettings.PERCENTILE,
            ScoringSettings.P_VALUE,
            Arrays.asList(rows.columns()).contains("key") ? List.of("key") : List.of());
    assertThatThrownBy(
            () -> {
              try {
                scored(model, rows, settings);
              } catch (Exception e) {
                throw TaskFailure.inside(e).orElseThrow(() -> new AssertionError(e));
              }
            })
        .isInstanceOf(DataException.class)
        .hasMessageContainingAll(words);
  }

  @Test
  void farRowsHaveTheHighestPercentileAndStopNothing() {
    Dataset<Row> rows =
        SPARK.sql(
            "select * from values (0, 1d, 1d), (1, 1e39d, 0d), (2, -1e300d, 1e300d), (3, 1e30d,"
                + " 0d), (4, null, 1e39d), (5, 2d, 1d) as t(id, a, b)");
    List<Row> scored = scored(plain(), rows, settings(MissingValues.DROP));
    assertThat(scored).extracting(row -> row.getInt(0)).containsExactly(0, 1, 2, 3, 4, 5);
    assertThat(scored.get(0).getDouble(3)).isCloseTo(1, within(1e-6));
    assertThat(scored.get(5).getDouble(3)).isCloseTo(2.5, within(1e-6));
    assertThat(scored.get(5).getDouble(4)).isCloseTo(100 * 3.5 / 5, within(1e-4));
    for (int far : new int[] {1, 2, 3}) {
      assertThat(scored.get(far).getDouble(3)).isEqualTo(Double.POSITIVE_INFINITY);
      assertThat(scored.get(far).getDouble(4)).isEqualTo(100);
    }
    assertThat(scored.get(4).isNullAt(3)).isTrue();
    assertThat(scored.get(4).isNullAt(4)).isTrue();
  }

  @Test
  void aColumnThatIsEmptyInThisBatchIsStillANumber() throws IOException {
    Model model = plain();
    for (String[] batch :
        new String[][] {
          {"e.csv", "csv", "a,b\n1,\n2,\n"},
          {"e.json", "json", "{\"a\":1}\n{\"a\":2}\n"},
          {"n.json", "json", "{\"a\":1,\"b\":null}\n{\"a\":2,\"b\":null}\n"}
        }) {
      Dataset<Row> rows = read(model, batch[0], batch[1], batch[2]);
      List<Row> dropped = scored(model, rows, settings(MissingValues.DROP));
      assertThat(dropped).hasSize(2).allMatch(row -> row.isNullAt(2));
      assertThat(dropped.get(0).schema().apply("b").dataType()).isEqualTo(DataTypes.LongType);
      assertThat(dropped.get(0).schema().apply("a").dataType()).isEqualTo(DataTypes.DoubleType);
      List<Row> filled = scored(model, rows, settings(MissingValues.MEAN));
      double mean = model.config().features().means()[1];
      assertThat((double) filled.get(0).<Double>getAs("energy"))
          .isCloseTo((1 + mean * mean) / 2, within(1e-2));
      refused(model, rows, "has a missing value in b", batch[0]);
    }
  }

  /** Spark does not know a file's name where two files make a row. */
  @Test
  void aJoinOfFilesIsScoredThoughItsNumbersAreText() {
    String a = folder.resolve("join-a").toString();
    String b = folder.resolve("join-b").toString();
    SPARK.sql("select id as key, string(id) as a from range(3)").write().parquet(a);
    SPARK.sql("select id as key, if(id = 2, 'two', '1') as b from range(3)").write().parquet(b);
    Dataset<Row> joined = SPARK.read().parquet(a).join(SPARK.read().parquet(b), "key");
    List<Row> scored = scored(plain(), joined.where("key < 2"), settings(MissingValues.ERROR));
    assertThat(scored.stream().mapToDouble(row -> row.<Double>getAs("energy")).sum())
        .isCloseTo(0.5 + 1, within(1e-4));
    refused(plain(), joined, "column b holds 'two'", "(key=2)");
  }

  @Test
  void oldModelsKnowNoTypesAndReadTextAsNumbers() throws IOException {
    FeatureSettings now = plain().config().features();
    String old = SettingsWriter.toJson(now).replaceAll("(?s),\\s*\"expressions\".*", "\n}");
    FeatureSettings read =
        SettingsBinder.bind(SettingsTree.parse("config.json", old), FeatureSettings.class);
    assertThat(read.types()).isEmpty();
    assertThat(read.expressions()).isEmpty();
    assertThat(read.leftOut()).isEmpty();
    assertThat(read.columns()).isEqualTo(now.columns());
    Model model = with(plain(), read, plain().config().percentiles());
    Dataset<Row> rows = read(model, "e.csv", "csv", "a,b\n1,\n2,\n");
    assertThat(scored(model, rows, settings(MissingValues.DROP))).hasSize(2);
  }

  private static Model with(Model model, FeatureSettings features, EnergyPercentiles percentiles) {
    ModelConfig c = model.config();
    return new Model(
        new ModelConfig(
            c.format(),
            c.energy(),
            c.shape(),
            features,
            c.temperature(),
            c.training(),
            c.sampling(),
            c.data(),
            c.provenance(),
            percentiles,
            c.weightsSha256()),
        model.parameters());
  }

  @Test
  void aWordWhereANumberBelongsIsNamedWithItsRow() throws IOException {
    Model model = plain();
    Dataset<Row> rows = read(model, "w.csv", "csv", "key,a,b\nx,1,2\ny,2,NA\n");
    refused(model, rows, "column b holds 'NA'", "nullValue", "w.csv key=y)");
    Dataset<Row> gap = read(model, "g.csv", "csv", "key,a,b\nx,1,2\ny,,3\n");
    refused(model, gap, "a row (key=y in file:", "g.csv) has a missing value in a");
    Dataset<Row> fractions = read(model, "f.csv", "csv", "key,a,b\nx,1,2.5\n");
    assertThat(scored(model, fractions, settings(MissingValues.ERROR)).get(0).getDouble(3))
        .isCloseTo((1 + 2.5 * 2.5) / 2, within(1e-5));
  }

  @Test
  void arraysOfAnotherLengthAreNamedWithTheirRow() {
    SPARK
        .sql("select array(double(id), 1.0 * id) as p from range(10)")
        .createOrReplaceTempView("arrays");
    Model model = model("arrays", "p");
    Dataset<Row> rows =
        SPARK.sql("select * from values ('x', array(1d, 2d)), ('y', array(1d)) as t(key, p)");
    refused(model, rows, "a row (key=y) holds an array of length 1, but the model takes 2");
    assertThat(scored(model, rows.where("key = 'x'"), settings(MissingValues.ERROR)).get(0))
        .matches(row -> Math.abs(row.getDouble(2) - 2.5) < 1e-6);
  }

  /** In several batches, some of them cut short by long rows. */
  @Test
  void columnsPassThroughUntouched() {
    SPARK
        .sql("select double(id) as a, decimal(id) / 3 as `b.c` from range(10)")
        .createOrReplaceTempView("wide");
    Model model = model("wide", "['abs(a) AS positive', b.c]");
    Dataset<Row> rows =
        SPARK
            .range(0, 7_000, 1, 1)
            .selectExpr(
                "if(id % 7 = 0, null, repeat('ü', int(id % 900))) as text",
                "float(id) as a",
                "array(id, null) as list",
                "map(id, struct(id as i, string(id) as s)) as map",
                "cast(id as decimal(30, 2)) as amount",
                "decimal(id % 10) / 3 as `b.c`",
                "timestamp_seconds(id) as at",
                "date_from_unix_date(int(id)) as day",
                "if(id % 3000 = 2999, repeat('x', 20000000), null) as long",
                "cast(string(id) as binary) as bytes",
                "id % 2 = 0 as flag");
    for (Dataset<Row> table : List.of(rows, rows.drop("long").cache())) {
      List<Row> scored = scored(model, table, settings(MissingValues.ERROR));
      List<Row> before = table.collectAsList();
      assertThat(scored).hasSize(7_000);
      for (int i = 0; i < scored.size(); i++) {
        Row row = scored.get(i);
        assertThat(row.length()).isEqualTo(table.columns().length + 2);
        for (int column = 0; column < table.columns().length; column++) {
          assertThat(row.get(column)).isEqualTo(before.get(i).get(column));
        }
        double b = i % 10 / 3.0;
        assertThat(row.<Double>getAs("energy"))
            .isCloseTo((i * (double) i + b * b) / 2, withinPercentage(1e-4));
      }
      table.unpersist();
    }
  }

  /** A failure on the way is one of using the result, where callers expect it. */
  @Test
  void nothingIsRunBeforeTheResultIsUsed() {
    Dataset<Row> bad =
        SPARK
            .range(10)
            .selectExpr("double(id) as a", "if(id = 3, raise_error('bad row'), id) as b")
            .groupBy("a")
            .agg(functions.max("b").as("b"));
    try (TableScorer scorer = new TableScorer(SPARK, plain(), settings(MissingValues.DROP))) {
      Dataset<Row> scored = scorer.score(bad);
      assertThat(scored.columns()).containsExactly("a", "b", "energy", "energy_percentile");
      assertThatThrownBy(scored::collectAsList).hasStackTraceContaining("bad row");
    }
  }

  @Test
  void scoredTablesAndSamplesCanBeScoredAgain() {
    SPARK
        .sql("select named_struct('f', double(id)) as s, id + 1.0 as d from range(10)")
        .createOrReplaceTempView("nested");
    Model model = model("nested", "[s.f, 'log(d) / 2 AS half']");
    ScoringSettings second =
        new ScoringSettings(MissingValues.ERROR, "energy.2", "percentile 2", "p 2", List.of());
    try (TableScorer scorer = new TableScorer(SPARK, model, settings(MissingValues.ERROR));
        TableScorer again = new TableScorer(SPARK, model, second);
        TableSampler.Samples samples = draw(model, 50, 0)) {
      Dataset<Row> once = scorer.score(SPARK.table("nested"));
      for (Row row : again.score(once).collectAsList()) {
        double f = row.getStruct(0).getDouble(0);
        double half = Math.log(((Number) row.get(1)).doubleValue()) / 2;
        assertThat(row.getDouble(2)).isCloseTo((f * f + half * half) / 2, within(1e-4));
        assertThat((double) row.<Double>getAs("energy.2")).isEqualTo(row.getDouble(2));
      }
      assertThatThrownBy(() -> scorer.score(once))
          .isInstanceOf(DataException.class)
          .hasMessageContainingAll("has a column 'energy' already", "energyColumn");
      Dataset<Row> drawn = samples.rows("energy", false);
      assertThat(drawn.columns()).containsExactly("s.f", "half", "energy");
      for (Row row : again.score(drawn).collectAsList()) {
        assertThat(row.getDouble(3)).isCloseTo(row.getDouble(2), within(1e-5));
      }
      assertThatThrownBy(() -> samples.rows("half", false))
          .hasMessageContaining("energyColumn is half");
      assertThatThrownBy(() -> samples.rows("Half", false))
          .hasMessageContaining("energyColumn is Half, which is a feature of the model, half, in");
    }
  }

  /**
   * A notebook scores and samples all day in one session. All that was closed is held on to, lest a
   * garbage collection give back what nobody did.
   */
  @Tag("long")
  @Test
  void twentyScoringsLeaveNothingBehind() {
    Model plain = plain();
    List<Double> knots = IntStream.range(0, 200_000).mapToObj(i -> i / 1e4).toList();
    Model model = with(plain, plain.config().features(), new EnergyPercentiles(knots));
    long bytes = 8L * knots.size();
    Dataset<Row> rows = SPARK.range(5_000).selectExpr("id / 5000 as a", "id % 7 as b");
    int opened = ProcessCache.size();
    List<AutoCloseable> closed = new ArrayList<>();
    work(model, rows, closed);
    long stored = stored();
    for (int i = 0; i < 20; i++) {
      work(model, rows, closed);
    }
    assertThat(stored() - stored).isLessThan(2 * bytes);
    // What is opened is native memory: closed when it leaves the cache, as ProcessCacheTest shows.
    assertThat(ProcessCache.size()).isEqualTo(opened);
    assertThat(SPARK.sparkContext().getPersistentRDDs().size()).isZero();
    assertThat(closed).hasSize(42);
  }

  private static TableSampler.Samples draw(Model model, long rows, long seed) {
    SamplingSettings sampling = model.config().sampling();
    return TableSampler.draw(SPARK, model, sampling, sampling.samplerAt(1, false), rows, seed);
  }

  private static void work(Model model, Dataset<Row> rows, List<AutoCloseable> closed) {
    try (TableScorer scorer = new TableScorer(SPARK, model, settings(MissingValues.ERROR));
        TableSampler.Samples samples = draw(model, 600, closed.size())) {
      closed.add(scorer);
      closed.add(samples);
      assertThat(scorer.score(rows).collectAsList()).hasSize(5_000);
      assertThat(samples.rows("energy", false).count()).isEqualTo(600);
    }
  }

  /** Bytes that this process holds for Spark: broadcasts and cached rows. */
  private static long stored() {
    return SparkEnv.get().blockManager().memoryManager().storageMemoryUsed();
  }
}
