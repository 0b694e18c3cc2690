package io.ebmspark.spark.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.ebmspark.core.energy.Activation;
import io.ebmspark.core.energy.Energy;
import io.ebmspark.core.energy.Gaussian;
import io.ebmspark.core.energy.Initialised;
import io.ebmspark.core.energy.Mlp;
import io.ebmspark.core.explain.Baselines;
import io.ebmspark.core.model.Calibration;
import io.ebmspark.core.model.EnergyPercentiles;
import io.ebmspark.core.sampler.StartNoise;
import io.ebmspark.core.settings.BadSettingException;
import io.ebmspark.core.settings.SettingsBinder;
import io.ebmspark.core.settings.SettingsException;
import io.ebmspark.core.settings.SettingsTree;
import io.ebmspark.core.training.TrainingSettings;
import io.ebmspark.spark.data.DataException;
import io.ebmspark.spark.data.DataSettings;
import io.ebmspark.spark.data.MissingValues;
import io.ebmspark.spark.data.Sessions;
import io.ebmspark.spark.data.shards.ShardedTable;
import io.ebmspark.spark.model.FeatureSettings;
import io.ebmspark.spark.model.HeldOutRows;
import io.ebmspark.spark.model.Model;
import io.ebmspark.spark.model.ModelConfig;
import io.ebmspark.spark.model.ModelDraft;
import io.ebmspark.spark.model.ModelFolder;
import io.ebmspark.spark.model.Provenance;
import io.ebmspark.spark.model.SamplingSettings;
import io.ebmspark.spark.record.UnusualRow;
import io.ebmspark.spark.store.Patience;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The model is a standard normal density of unscaled a and b: E = (a² + b²)/2. */
class ScoringRunTest {
  private static final SparkSession SPARK = Sessions.shared();

  @TempDir Path folder;

  private static final List<List<Double>> UNIT = List.of(List.of(1.0, 0.0), List.of(0.0, 1.0));
  private static final Energy GAUSSIAN = new Gaussian(List.of(0.0, 0.0), UNIT);

  /** Usual are a = b = 0 and a = b = −500. */
  private static final Baselines USUAL =
      new Baselines(new float[] {0, 0, -500, -500}, new float[] {-2, -1, 1, 2, -6, -3, 3, 6}, 2);

  private void model(float... heldOut) {
    model(GAUSSIAN, Optional.of(USUAL), heldOut);
  }

  private void model(Energy energy, Optional<Baselines> baselines, float... heldOut) {
    SPARK
        .sql("select double(id) as a, double(id * id) as b from range(30)")
        .createOrReplaceTempView("trained");
    DataSettings data = bind("{source: {table: trained}, scaling: none}", DataSettings.class);
    try (ShardedTable table = ShardedTable.load(SPARK, data, 1)) {
      Optional<Calibration> calibration =
          heldOut.length == 0 ? Optional.empty() : Optional.of(Calibration.of(heldOut));
      ModelConfig config =
          new ModelConfig(
              ModelConfig.FORMAT,
              energy,
              List.of(2L),
              FeatureSettings.of(table, MissingValues.DROP),
              1,
              bind(
                  "{objective: {kind: denoising-score-matching}, steps: 1, batchSize: 1}",
                  TrainingSettings.class),
              new SamplingSettings(Optional.empty(), 10, StartNoise.NORMAL, 1),
              data,
              new Provenance("", Map.of(), table.rows(), table.fingerprint(), 1, 0),
              new EnergyPercentiles(List.of(0.0, 1.0)),
              "",
              calibration.map(known -> new HeldOutRows(known.rows(), .1, "")),
              Optional.empty());
      ModelFolder target = new ModelFolder(folder.resolve("model").toString(), new Configuration());
      try (ModelDraft draft =
          target.draft(false, new Patience(Duration.ZERO, notice -> {}), () -> {})) {
        float[] parameters = energy.parameters(2).initialise(1);
        draft.finish(
            new Model(config, parameters, calibration, baselines),
            Optional.empty(),
            "",
            Optional.empty());
      }
    }
  }

  private static <R extends Record> R bind(String yaml, Class<R> type) {
    return SettingsBinder.bind(SettingsTree.parse("job", yaml), type);
  }

  private ScoreJob job(String more) {
    return bind(
        "{model: '%s', source: {table: rows, key: id}, output: {path: '%s', overwrite: true}%s}"
            .formatted(folder.resolve("model"), folder.resolve("scored"), more),
        ScoreJob.class);
  }

  private ScoringRun.Result score(Dataset<Row> rows, String more, List<String> notices) {
    return ScoringRun.on(
            rows,
            job(more),
            new RunListener() {
              @Override
              public void onNotice(String text) {
                notices.add(text);
              }
            })
        .score();
  }

  private ScoringRun.Result score(Dataset<Row> rows, String more) {
    return score(rows, more, new ArrayList<>());
  }

  /** Rows of before and after would be in one table. */
  @Test
  void aSourceThatIsReplacedWhileItIsScoredLeavesTheOldTable() throws Exception {
    model(0);
    score(rows(1), "");
    List<Row> before = written();
    Path source = folder.resolve("source.json");
    Files.writeString(source, "{\"id\": 1, \"a\": 1.0, \"b\": 1.0}\n");
    Dataset<Row> listed = SPARK.read().json(source.toString());
    Files.writeString(source, "{\"id\": 2, \"a\": 2.0, \"b\": 2.0}\n");
    Files.setLastModifiedTime(source, FileTime.fromMillis(1));
    assertThatThrownBy(() -> score(listed, ""))
        .isInstanceOf(DataException.class)
        .hasMessageContainingAll("source.json", "was written to or replaced");
    assertThat(written()).isEqualTo(before);
  }

  private List<Row> written() {
    return SPARK.read().parquet(folder.resolve("scored").toString()).orderBy("id").collectAsList();
  }

  /** Energies 0, ½, 2, … of 40 rows, three of them alike; one without, one that overflows. */
  private static Dataset<Row> rows(int partitions) {
    return SPARK
        .sql(
            "select id, double(if(id between 20 and 22, 20, id)) as a, double(0) as b from range(40)"
                + " union all select 40, null, 1d union all select 41, 1e300d, 1d")
        .repartition(partitions);
  }

  private static double energy(long id) {
    double a = id >= 20 && id <= 22 ? 20 : id;
    return id == 41 ? Double.POSITIVE_INFINITY : a * a / 2;
  }

  /** Held-out energies as of rows 0.5, 1.5, …, 29.5. */
  private static float[] heldOut(int n) {
    float[] energies = new float[n];
    for (int i = 0; i < n; i++) {
      energies[i] = (i + .5f) * (i + .5f) / 2;
    }
    return energies;
  }

  private static double pValue(float[] heldOut, double energy) {
    int above = 0;
    for (float held : heldOut) {
      above += held >= energy ? 1 : 0;
    }
    return (1 + above) / (1.0 + heldOut.length);
  }

  @Test
  void pValuesAndFlagsAreThoseOfTheDefinition() {
    float[] held = heldOut(29);
    model(held);
    for (String threshold : List.of("falsePositiveRate: 0.2", "contamination: 0.2")) {
      ScoringRun.Result result = score(rows(3), ", threshold: {" + threshold + "}");
      int flagged = 0;
      List<Row> written = written();
      assertThat(written).hasSize(42);
      for (Row row : written) {
        long id = row.getLong(0);
        if (id == 40) {
          assertThat(row.isNullAt(3)).isTrue();
          assertThat(row.isNullAt(row.fieldIndex("energy_p_value"))).isTrue();
          assertThat(row.isNullAt(row.fieldIndex("is_anomaly"))).isTrue();
          continue;
        }
        double p = row.getAs("energy_p_value");
        assertThat(p).as("row %d", id).isEqualTo(pValue(held, energy(id)));
        assertThat((boolean) row.getAs("is_anomaly")).isEqualTo(p <= .2);
        flagged += p <= .2 ? 1 : 0;
      }
      assertThat(flagged).isEqualTo(17); // rows 24 to 39, and the one that overflows
      assertThat(result.rows()).isEqualTo(42);
      assertThat(result.withoutEnergy()).isEqualTo(1);
      assertThat(result.flagged()).contains(new ScoringRun.Flagged(17, .2, 29));
    }
  }

  @Test
  void theHighestAreTheSameHoweverRowsAreCut() {
    model(heldOut(29));
    List<UnusualRow> first = score(rows(1), ", show: 21").highest();
    assertThat(first).hasSize(21);
    assertThat(first.get(0).energy()).isEmpty();
    assertThat(first.get(0).pValue()).contains(1 / 30.0);
    assertThat(first.get(0).values()).isEqualTo(Map.of("id", "41"));
    assertThat(first.get(1).values()).isEqualTo(Map.of("id", "39"));
    assertThat(first.get(1).energy()).contains(39 * 39 / 2.0);
    assertThat(first).extracting(row -> row.values().get("id")).endsWith("23", "20", "21", "22");
    for (int partitions : new int[] {2, 7}) {
      assertThat(score(rows(partitions), ", show: 21").highest()).isEqualTo(first);
    }
    assertThat(score(rows(2), ", show: 20").highest()).isEqualTo(first.subList(0, 20));
    assertThat(score(rows(2), "").highest()).isEqualTo(first.subList(0, 10));
    assertThat(score(rows(2), ", show: 0").highest()).isEmpty();
  }

  @Test
  void valuesAreShownInOneLine() {
    model(heldOut(29));
    Map<String, String> shown =
        Map.of(
            "concat('a\\nb', repeat('😀', 40))", "a b" + "😀".repeat(28) + "…", "x'01ff'", "01ff");
    shown.forEach(
        (key, text) -> {
          Dataset<Row> rows = rows(1).withColumn("id", functions.expr(key));
          UnusualRow first = score(rows, ", show: 1").highest().get(0);
          assertThat(first.values()).isEqualTo(Map.of("id", text));
        });
  }

  @Test
  void falseDiscoveriesAreKeptByBenjaminiAndHochberg() {
    float[] held = heldOut(29);
    model(held);
    for (double rate : new double[] {.15, .3}) {
      ScoringRun.Result result = score(rows(3), ", threshold: {falseDiscoveryRate: " + rate + "}");
      List<Double> pValues = new ArrayList<>();
      for (long id = 0; id < 42; id++) {
        if (id != 40) {
          pValues.add(pValue(held, energy(id)));
        }
      }
      pValues.sort(null);
      int expected = 0;
      for (int i = 1; i <= pValues.size(); i++) {
        expected = pValues.get(i - 1) * pValues.size() <= rate * i ? i : expected;
      }
      assertThat(expected).isBetween(5, 35);
      assertThat(result.flagged().orElseThrow().rows()).isEqualTo(expected);
      assertThat(result.rows()).isEqualTo(42);
      double cut = pValues.get(expected - 1);
      for (Row row : written()) {
        if (row.getLong(0) != 40) {
          assertThat((boolean) row.getAs("is_anomaly"))
              .isEqualTo((double) row.getAs("energy_p_value") <= cut);
        }
      }
    }
    assertThat(SPARK.sparkContext().getPersistentRDDs().size()).isZero();
  }

  @Test
  void whereNoRowStandsOutNoneIsFlagged() {
    model(heldOut(29));
    List<String> notices = new ArrayList<>();
    ScoringRun.Result result =
        score(
            rows(2).where("id <= 15 or id = 40"),
            ", threshold: {falseDiscoveryRate: 0.1}",
            notices);
    assertThat(result.flagged()).contains(new ScoringRun.Flagged(0, 0, 29));
    assertThat(notices)
        .anyMatch(
            text -> text.contains("no row is flagged: with 29 rows held out, it takes at least 6"));
    assertThat(written())
        .filteredOn(row -> row.getLong(0) != 40)
        .hasSize(16)
        .allMatch(row -> !row.<Boolean>getAs("is_anomaly"));
    assertThat(written())
        .filteredOn(row -> row.getLong(0) == 40)
        .allMatch(row -> row.getAs("is_anomaly") == null);
  }

  /** From the baseline at 0 a column adds half its square. */
  private static void assertReason(Row reason, String column, double value) {
    assertThat(reason.getString(0)).isEqualTo(column);
    assertThat(reason.getDouble(1)).isCloseTo(value * value / 2, within(1e-5 * value * value));
    assertThat(Double.parseDouble(reason.getString(2))).isEqualTo(value);
    assertThat(reason.getString(3)).isEqualTo("0.0");
  }

  @Test
  void flaggedRowsHaveTheirReasonsAndOthersNone() {
    model(heldOut(29));
    for (String threshold : List.of("contamination: 0.2", "falseDiscoveryRate: 0.3")) {
      ScoringRun.Result result =
          score(
              rows(3).withColumn("b", functions.expr("if(id = 30, -1d, b)")),
              ", explain: {rows: flagged}, threshold: {" + threshold + "}");
      int explained = 0;
      for (Row row : written()) {
        boolean flagged = Boolean.TRUE.equals(row.getAs("is_anomaly"));
        assertThat(row.isNullAt(row.fieldIndex("contributions"))).isEqualTo(!flagged);
        assertThat(row.isNullAt(row.fieldIndex("unexplained"))).isEqualTo(!flagged);
        if (flagged && row.getLong(0) != 41) {
          List<Row> reasons = row.getList(row.fieldIndex("contributions"));
          assertThat(reasons).hasSize(2);
          assertReason(reasons.get(0), "a", (double) row.getLong(0));
          assertReason(reasons.get(1), "b", row.getLong(0) == 30 ? -1 : 0);
          assertThat(row.<Double>getAs("unexplained")).isCloseTo(0, within(1e-2));
          explained++;
        }
      }
      assertThat(explained).isGreaterThan(5);
      UnusualRow overflows = result.highest().get(0);
      assertThat(overflows.contributions().keySet()).startsWith("a");
      UnusualRow first = result.highest().get(1);
      assertThat(first.contributions().get("a")).isCloseTo(39 * 39 / 2.0, within(.1));
      assertThat(first.contributors()).containsEntry("a", "39.0");
    }
    assertThat(SPARK.sparkContext().getPersistentRDDs().size()).isZero();
  }

  @Test
  void aRowThatOverflowsHasItsReasonAndAnInfiniteRest() {
    model(heldOut(29));
    score(rows(2), ", explain: {rows: all, top: 1}");
    Row overflows = written().get(41);
    Row reason = overflows.<Row>getList(overflows.fieldIndex("contributions")).get(0);
    assertThat(reason.getString(0)).isEqualTo("a");
    assertThat(reason.getDouble(1)).isFinite().isGreaterThan(1e30);
    assertThat(reason.getString(2)).isEqualTo("1.0E300");
    assertThat(overflows.<Double>getAs("unexplained")).isEqualTo(Double.POSITIVE_INFINITY);
    Row without = written().get(40);
    assertThat(without.isNullAt(without.fieldIndex("contributions"))).isTrue();
  }

  /** Of a network, whose products round otherwise in batches of other sizes. */
  @Test
  void reasonsAreTheSameBitsHoweverRowsAreCut() {
    Energy network =
        new Initialised(
            new Mlp(List.of(6, 5), Activation.SILU), Initialised.Rule.KAIMING_NORMAL, 4);
    model(network, Optional.of(USUAL), heldOut(29));
    List<List<Object>> first = null;
    for (int partitions : new int[] {1, 2, 7}) {
      score(rows(partitions), ", explain: {rows: all, expected: true}");
      List<List<Object>> reasons = new ArrayList<>();
      for (Row row : written()) {
        reasons.add(
            Arrays.asList(
                row.get(0),
                String.valueOf(row.<Object>getAs("contributions")),
                row.getAs("unexplained")));
      }
      assertThat(reasons).isEqualTo(first == null ? reasons : first);
      first = reasons;
    }
  }

  /** The mean of a, and of the values seen of a whole number the nearest to its mean. */
  @Test
  void theExpectedValueIsWhereTheEnergyIsLowest() {
    model(heldOut(29));
    score(
        rows(2).withColumn("b", functions.expr("if(id = 4, 9d, 0d)")),
        ", explain: {rows: all, expected: true}");
    List<Row> written = written();
    Row third = written.get(3).<Row>getList(written.get(3).fieldIndex("contributions")).get(0);
    assertThat(third.getString(0)).isEqualTo("a");
    assertThat(Double.parseDouble(third.getString(4))).isCloseTo(0, within(2e-3));
    List<Row> fourth = written.get(4).getList(written.get(4).fieldIndex("contributions"));
    assertThat(fourth.get(0).getString(0)).isEqualTo("b");
    assertThat(Double.parseDouble(fourth.get(0).getString(4))).isCloseTo(0, within(5e-3));
    assertThat(fourth.get(1).isNullAt(4)).isTrue();
  }

  @Test
  void reasonsAreTextInCsv() {
    model(heldOut(29));
    ScoreJob job =
        bind(
            "{model: '%s', source: {table: rows, key: id}, explain: {rows: all, top: 1}, output:"
                    .formatted(folder.resolve("model"))
                + " {path: '%s', format: csv}}".formatted(folder.resolve("text")),
            ScoreJob.class);
    ScoringRun.on(rows(1).where("id = 7"), job, RunListener.SILENT).score();
    Row row = SPARK.read().option("header", true).csv(folder.resolve("text").toString()).first();
    assertThat(row.<String>getAs("contributions"))
        .startsWith("[{\"column\":\"a\",\"contribution\":24.")
        .endsWith("\"value\":\"7.0\",\"baseline\":\"0.0\"}]");
  }

  @Test
  void whatCannotBeExplainedIsRefused() {
    model(heldOut(29));
    refused(", explain: {rows: flagged}", "explain.rows", "threshold", "all");
    refused(", explain: {rows: all, top: 0}", "top", "positive");
    refused(
        ", explain: {rows: all, contributionsColumn: a}",
        "has a column 'a' already",
        "explain.contributionsColumn");
    refused(
        ", explain: {rows: all, unexplainedColumn: energy}",
        "explain.unexplainedColumn",
        "must differ from energyColumn");
    model(GAUSSIAN, Optional.empty(), heldOut(29));
    refused(", explain: {rows: all}", "explain", "kept none", "train it again");
    score(rows(1), ", explain: {rows: none}");
    assertThat(written().get(0).schema().fieldNames()).doesNotContain("contributions");
  }

  /** Spark would have put the new column in the place of the old one. */
  @Test
  void aColumnThatDiffersFromAnAddedOneInCaseIsNotReplaced() {
    model(heldOut(29));
    for (String name : List.of("Is_Anomaly", "Energy", "ENERGY_P_VALUE", "Contributions")) {
      Dataset<Row> rows = rows(1).withColumn(name, functions.lit("CONFIRMED"));
      String all = ", threshold: {falsePositiveRate: 0.2}, explain: {rows: flagged}";
      assertThatThrownBy(() -> score(rows, all))
          .isInstanceOf(DataException.class)
          .hasMessageContainingAll("has a column '" + name + "' already", "which Spark takes for");
      assertThatThrownBy(() -> RowScoring.schema(rows.schema(), job(all), true))
          .hasMessageContaining("has a column '" + name + "' already");
    }
    refused(", pValueColumn: Energy", "pValueColumn must differ from energyColumn");
    SPARK.conf().set("spark.sql.caseSensitive", true);
    try {
      score(rows(1).withColumn("Energy", functions.lit("CONFIRMED")), "");
      assertThat(written().get(3).<String>getAs("Energy")).isEqualTo("CONFIRMED");
    } finally {
      SPARK.conf().unset("spark.sql.caseSensitive");
    }
  }

  private void refused(String more, String... words) {
    assertThatThrownBy(() -> score(rows(1), more))
        .isInstanceOfAny(BadSettingException.class, SettingsException.class, DataException.class)
        .hasMessageContainingAll(words);
  }

  @Test
  void whatCannotBeKeptIsRefused() {
    model(heldOut(29));
    refused(
        ", threshold: {falsePositiveRate: 0.001}",
        "threshold.falsePositiveRate",
        "takes at least 999 rows held out",
        "has 29",
        "0.033",
        "data.holdOut.fraction");
    refused(", threshold: {contamination: 0.01}", "threshold.contamination", "at least 99 rows");
    refused(", threshold: {falseDiscoveryRate: 0.03}", "threshold.falseDiscoveryRate");
    refused(", threshold: {falsePositiveRate: 0}", "must be above 0 and below 1, got 0.0");
    refused(", threshold: {}", "only one of them");
    refused(", threshold: {contamination: .1, falsePositiveRate: .1}", "only one of them");
    refused(", flagColumn: energy", "flagColumn", "must differ from energyColumn");
    refused(", show: -1", "show");
    assertThatThrownBy(() -> bind("{path: scored, files: 0}", TableOutput.class))
        .hasMessageContainingAll("files", "must be positive, got 0");
    refused(
        ", flagColumn: a, threshold: {contamination: .1}",
        "has a column 'a' already",
        "flagColumn");
    refused(", pValueColumn: a", "has a column 'a' already", "pValueColumn");
    model();
    refused(", threshold: {contamination: .1}", "threshold", "rows held out", "has none");
    ScoringRun.Result plain = score(rows(1), "");
    assertThat(plain.flagged()).isEmpty();
    assertThat(plain.highest()).hasSize(10).allMatch(row -> row.pValue().isEmpty());
    assertThat(written().get(0).schema().fieldNames())
        .containsExactly("id", "a", "b", "energy", "energy_percentile");
  }
}
