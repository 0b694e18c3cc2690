package io.ebmspark.spark.check;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ebmspark.core.random.NormalQuantile;
import io.ebmspark.core.settings.BadSettingException;
import io.ebmspark.core.settings.SettingsBinder;
import io.ebmspark.core.settings.SettingsTree;
import io.ebmspark.spark.data.ColumnSettings;
import io.ebmspark.spark.data.DataException;
import io.ebmspark.spark.data.DataSettings;
import io.ebmspark.spark.data.MissingValues;
import io.ebmspark.spark.data.Sample;
import io.ebmspark.spark.data.Sessions;
import io.ebmspark.spark.profile.BinCounts;
import io.ebmspark.spark.profile.Bins;
import io.ebmspark.spark.profile.ColumnProfile;
import io.ebmspark.spark.profile.TableScan;
import io.ebmspark.spark.record.Action;
import io.ebmspark.spark.record.ColumnDrift;
import io.ebmspark.spark.record.Judgement;
import io.ebmspark.spark.record.Status;
import io.ebmspark.spark.store.PathException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Checks of nights drawn from one population: columns that hang together, one of few values, one
 * with gaps. Healthy nights pass; every fault is found by the check that is there for it.
 */
class DataChecksTest {
  private static final SparkSession SPARK = Sessions.shared();
  private static final DataSettings DATA =
      Sample.table("night").missing(MissingValues.DROP).settings();
  private static final int ROWS = 2_000;

  @TempDir Path folder;

  private static Champion champion;

  @BeforeAll
  static void train() {
    champion = Champions.of(night(0), DATA);
  }

  /** Rows of a night: normal x, y that follows x, a skewed amount, a class, a value with gaps. */
  private static Dataset<Row> night(int number) {
    return SPARK
        .range(number * 1_000_000L, number * 1_000_000L + ROWS, 1, 3)
        .selectExpr(
            "randn(" + number + ") AS x",
            "randn(" + (number + 5000) + ") AS e",
            "rand(" + (number + 9000) + ") AS u",
            "rand(" + (number + 13000) + ") AS v")
        .selectExpr(
            "x",
            "x * 0.9 + e * 0.3 AS y",
            "exp(e * 1.5) AS amount",
            "CASE WHEN u < .5 THEN 0 WHEN u < .8 THEN 1 WHEN u < .99 THEN 2 ELSE 3 END AS class",
            "CASE WHEN v < .1 THEN null ELSE v * v END AS gaps");
  }

  private static CheckResult check(Dataset<Row> rows) {
    return DataChecks.check(rows, DATA, Optional.of(champion), List.of(), CheckSettings.defaults());
  }

  private static List<String> names(CheckResult result, Status status) {
    return result.of(status).stream().map(Judgement::name).distinct().toList();
  }

  /** A value far from all others makes an outer bin long, and no small move a large one. */
  @Test
  void anOutlierDoesNotStretchTheDistance() {
    int count = 100_000;
    double[] old = new double[count];
    for (int i = 0; i < count; i++) {
      old[i] = NormalQuantile.at((i + .5) / count);
    }
    old[count - 1] = 1e9;
    Bins bins = Bins.ofEqualFrequency(old, old[0], 1e9, 20);
    BinCounts before = new BinCounts(bins);
    BinCounts now = new BinCounts(bins);
    for (int i = 0; i < count; i++) {
      before.add(old[i]);
      now.add(NormalQuantile.at((i + .5) / count) + .08);
    }
    List<Long> counts = Arrays.stream(before.inBins()).boxed().toList();
    // Of a sample that holds the outlier, and of one that does not.
    for (double deviation : new double[] {1e9 / Math.sqrt(count), 1}) {
      ColumnChecks checks = new ColumnChecks(CheckSettings.defaults(), 1e-5);
      checks.add(
          new ColumnProfile(
              "x", 0, bins, counts, Optional.of(0.0), Optional.of(deviation), List.of()),
          bins.names(),
          now);
      ColumnDrift found = checks.columns().get(0);
      assertThat(found.status()).isEqualTo(Status.PASSED);
      assertThat(found.wasserstein().orElseThrow()).isBetween(0.0, .11);
    }
  }

  private static List<String> failed(Dataset<Row> rows) {
    CheckResult result = check(rows);
    assertThat(result.isRefused()).isTrue();
    return names(result, Status.FAILED);
  }

  @Test
  void healthyNightsPassWithoutAWord() {
    for (int number = 1; number <= 3; number++) {
      CheckResult result = check(night(number));
      assertThat(names(result, Status.WARNED)).isEmpty();
      assertThat(names(result, Status.FAILED)).isEmpty();
      // The rows are in memory, and do not come from files.
      assertThat(names(result, Status.SKIPPED)).containsExactly("files");
      assertThat(result.reason()).isEqualTo("the rows pass all checks");
    }
  }

  @Test
  void aColumnInOtherUnitsIsRefused() {
    CheckResult result = check(night(1).withColumn("amount", functions.expr("amount * 1000")));
    assertThat(names(result, Status.FAILED)).contains("outOfRange", "psi", "wasserstein", "energy");
    ColumnDrift first = result.data().columns().get(0);
    assertThat(first.name()).isEqualTo("amount");
    assertThat(first.status()).isEqualTo(Status.FAILED);
    assertThat(first.above()).isGreaterThan(ROWS / 2);
    Judgement range =
        result.of(Status.FAILED).stream()
            .filter(found -> found.name().equals("outOfRange"))
            .findFirst()
            .orElseThrow();
    assertThat(range.column()).contains("amount");
    assertThat(range.value().orElseThrow()).isGreaterThan(range.limit().orElseThrow());
    assertThat(range.message()).startsWith("amount: ").contains("changed units");
  }

  @Test
  void aMissingColumnAndOneThatBecameTextAreRefused() {
    CheckResult missing = check(night(1).withColumnRenamed("amount", "amonut"));
    Judgement schema = missing.of(Status.FAILED).get(0);
    assertThat(schema.name()).isEqualTo("schema");
    assertThat(schema.message())
        .contains("amount (is it amonut?) is missing", "amonut is new, and would be an additional");
    // The others are checked all the same; the energy needs all.
    assertThat(missing.data().columns()).hasSize(4);
    assertThat(names(missing, Status.SKIPPED)).contains("energy");

    CheckResult text = check(night(1).withColumn("x", functions.expr("concat('x', x)")));
    assertThat(text.of(Status.FAILED).get(0).message()).contains("x is string, but was double");

    CheckResult whole = check(night(1).withColumn("class", functions.expr("bigint(class)")));
    assertThat(names(whole, Status.WARNED)).containsExactly("schema");
    assertThat(whole.isRefused()).isFalse();
  }

  @Test
  void halfTheRowsAndNoneAreRefused() {
    assertThat(failed(night(1).where("rand(3) < .5"))).containsExactly("rows");
    assertThat(check(night(1).where("x > 100")).reason()).startsWith("there are no rows");
    // Against a list of earlier nights, the champion's own count does not matter.
    CheckResult few =
        DataChecks.check(
            night(1),
            DATA,
            Optional.of(champion),
            List.of(9_000L, 8_500L, 9_500L),
            CheckSettings.defaults());
    assertThat(names(few, Status.FAILED)).containsExactly("rows");
    assertThat(few.reason()).contains("against 9000 in the last nights, fewer by");
  }

  @Test
  void nullsNewCategoriesConstantsAndCopiesAreFound() {
    assertThat(failed(night(1).withColumn("y", functions.expr("if(rand(1) < .2, null, y)"))))
        .contains("nulls");
    assertThat(failed(night(1).withColumn("class", functions.expr("if(rand(1) < .1, 7, class)"))))
        .contains("categories");
    CheckResult rare =
        check(night(1).withColumn("class", functions.expr("if(rand(1) < .01, 7, class)")));
    assertThat(names(rare, Status.WARNED)).containsExactly("categories");
    assertThat(rare.isRefused()).isFalse();
    ColumnDrift classes =
        rare.data().columns().stream()
            .filter(column -> column.name().equals("class"))
            .findFirst()
            .orElseThrow();
    assertThat(classes.unseen().orElseThrow()).isPositive();
    assertThat(classes.below()).isZero();
    assertThat(classes.bins()).endsWith("null", "unseen").hasSameSizeAs(classes.counts());
    assertThat(classes.counts()).endsWith(classes.unseen().orElseThrow());
    assertThat(failed(night(1).withColumn("x", functions.lit(0.5)))).contains("constant");
    assertThat(failed(night(1).union(night(1).where("rand(2) < .5")))).contains("duplicateRows");
  }

  /** Instants are read in the zone that the model keeps. */
  @Test
  void copiesOfRowsWithInstantsAreFound() {
    DataSettings data =
        Sample.table("night")
            .missing(MissingValues.DROP)
            .column("at", ColumnSettings.Use.DATE)
            .settings();
    Dataset<Row> before = night(0).selectExpr("x", "timestamp_seconds(y * 1e7) AS at");
    CheckResult found =
        DataChecks.check(
            before.union(before),
            data,
            Optional.of(Champions.of(before, data)),
            List.of(),
            CheckSettings.defaults());
    assertThat(names(found, Status.FAILED)).contains("duplicateRows");
  }

  @Test
  void aJumpIsRefusedAndSlowDriftIsTold() {
    assertThat(failed(night(1).withColumn("x", functions.expr("x + 1")))).contains("psi");
    int told = 0;
    for (int night = 1; night <= 30 && told == 0; night += 4) {
      CheckResult result =
          check(night(night).withColumn("x", functions.expr("x + .02 * " + night)));
      told = result.of(Status.WARNED).isEmpty() ? 0 : night;
    }
    // A shift of δ deviations is a Wasserstein distance of δ.
    assertThat(told).isBetween(5, 21);
  }

  /** A champion that follows its rows sees no step; the one of long ago sees all of them. */
  @Test
  void whatNoNightShowsIsToldBySlowDrift() {
    Champion lately = Champions.of(shifted(1, .75), DATA);
    CheckResult tonight = slowly(lately, shifted(2, .8), Action.WARN);
    assertThat(names(tonight, Status.WARNED)).containsExactly("slowDrift");
    Judgement told = tonight.of(Status.WARNED).get(0);
    assertThat(told.message()).startsWith("since version 1: x: ");
    // What it says is what a check of these rows against that version alone says first.
    Judgement first = check(shifted(2, .8)).of(Status.FAILED).get(0);
    assertThat(told.value()).isEqualTo(first.value());
    assertThat(told.limit()).isEqualTo(first.limit());
    assertThat(slowly(lately, shifted(2, .8), Action.STOP).isRefused()).isTrue();
    assertThat(slowly(champion, night(2), Action.STOP).of(Status.PASSED))
        .extracting(Judgement::name)
        .contains("slowDrift");
    // Rows that are refused anyway are not held against it.
    CheckResult refused = slowly(lately, shifted(2, 3), Action.WARN);
    assertThat(refused.isRefused()).isTrue();
    assertThat(refused.checks()).noneMatch(found -> found.name().equals("slowDrift"));
  }

  private static Dataset<Row> shifted(int number, double by) {
    return night(number).withColumn("x", functions.expr("x + " + by));
  }

  private static CheckResult slowly(Champion lately, Dataset<Row> rows, Action action) {
    return DataChecks.check(
        rows,
        DATA,
        Optional.of(lately),
        List.of(),
        CheckSettings.defaults(),
        Optional.of(new SlowDrift("version 1", champion.profile(), champion::model, action)));
  }

  /** Each column as before, but no longer dependent: only the energy can tell. */
  @Test
  void columnsThatLoseEachOtherMoveTheEnergyAlone() {
    Dataset<Row> whole =
        SPARK
            .range(0, ROWS, 1, 2)
            .selectExpr("randn(1) AS x", "randn(2) AS e")
            .selectExpr("x", "x AS y", "x AS z", "x AS w");
    DataSettings data = Sample.table("night").settings();
    Champion together = Champions.of(whole, data);
    Dataset<Row> apart =
        SPARK
            .range(0, ROWS, 1, 2)
            .selectExpr("randn(5) AS x", "randn(6) AS y", "randn(7) AS z", "randn(8) AS w");
    CheckResult result =
        DataChecks.check(apart, data, Optional.of(together), List.of(), CheckSettings.defaults());
    assertThat(names(result, Status.FAILED)).containsExactly("energy");
    assertThat(names(result, Status.WARNED)).isEmpty();
  }

  @Test
  void filesThatAreThereTwiceAreFoundByTheirContent() throws IOException {
    String path = folder.resolve("table").toString();
    night(1).write().parquet(path);
    Dataset<Row> table = SPARK.read().parquet(path);
    assertThat(names(check(table), Status.FAILED)).isEmpty();
    Path first;
    try (var files = Files.list(folder.resolve("table"))) {
      first = files.filter(file -> file.toString().endsWith(".parquet")).sorted().toList().get(0);
    }
    Files.copy(first, folder.resolve("table/part-again.parquet"));
    CheckResult result = check(SPARK.read().parquet(path));
    assertThat(names(result, Status.FAILED)).contains("files");
    assertThat(result.reason()).contains("1 file of the source is duplicated", "part-");
    Dataset<Row> joined =
        SPARK.read().parquet(path).join(SPARK.read().parquet(path).selectExpr("x as y2"));
    assertThat(
            SourceFiles.of(joined, DATA.source(), CheckSettings.defaults().files(), List.of())
                .judgement())
        .hasValueSatisfying(
            found -> {
              assertThat(found.status()).isEqualTo(Status.SKIPPED);
              assertThat(found.message()).contains("a row comes from more than one file");
            });

    // If every night's rows are new, last night's files are duplicates.
    CheckSettings increments = settings("{files: {increments: true}}");
    Files.delete(folder.resolve("table/part-again.parquet"));
    CheckResult night = DataChecks.check(table, DATA, Optional.of(champion), List.of(), increments);
    assertThat(night.files()).hasSize(3);
    Champion next = new Champion(champion.model(), night.profile());
    assertThat(
            names(
                DataChecks.check(table, DATA, Optional.of(next), List.of(), increments),
                Status.FAILED))
        .containsExactly("files");

    Files.delete(first);
    assertThatThrownBy(() -> check(table))
        .isInstanceOf(DataException.class)
        .hasMessageContainingAll(first.getFileName().toString(), "was removed before it was read");
  }

  @Test
  void theFirstNightSkipsWhatNeedsAChampionAndSaysSo() {
    CheckResult result =
        DataChecks.check(night(1), DATA, Optional.empty(), List.of(), CheckSettings.defaults());
    assertThat(result.isRefused()).isFalse();
    assertThat(result.checks()).allMatch(found -> found.status() == Status.SKIPPED).hasSize(13);
    assertThat(result.checks().get(0).message()).contains("no champion");
    assertThat(result.profile()).contains(TableScan.of(night(1), DATA).profile());
  }

  @Test
  void checksCanWarnOnlyOrBeOff() {
    Dataset<Row> rows = night(1).withColumn("amount", functions.expr("amount * 1000"));
    CheckSettings lenient =
        settings(
            "{outOfRange: {action: warn}, psi: {action: off}, wasserstein: {action: off},"
                + " energy: {action: warn}, schema: {action: off}}");
    CheckResult result = DataChecks.check(rows, DATA, Optional.of(champion), List.of(), lenient);
    assertThat(result.isRefused()).isFalse();
    assertThat(names(result, Status.WARNED)).containsExactly("outOfRange", "energy");
    assertThat(result.checks()).noneMatch(found -> found.name().equals("psi"));
    assertThat(result.reason()).startsWith("the rows pass, with 2 warnings: amount: ");
    assertThatThrownBy(() -> settings("{psi: {warn: 0.5}}"))
        .hasMessageContaining("psi.stop")
        .hasMessageContaining("must not be below warn");
  }

  private static CheckSettings settings(String yaml) {
    return SettingsBinder.bind(SettingsTree.parse("checks", yaml), CheckSettings.class);
  }

  @Test
  void unfitRowsArePutAsideWithTheirReasons() {
    CheckSettings.QuarantineSettings settings =
        settings("{quarantine: {path: " + folder + "/aside, ranges: {x: [-1, 1]}}}")
            .quarantine()
            .orElseThrow();
    Dataset<Row> rows =
        SPARK.sql(
            "SELECT * FROM VALUES (0D, 1D), (2D, 1D), (0D, double('NaN')), (-3D, null),"
                + " (null, 0D), (1D, double('Infinity')) AS t(x, y)");
    Quarantine split = Quarantine.of(rows, TableScan.of(rows, DATA).features(), settings);
    assertThat(split.kept().collectAsList().toString()).isEqualTo("[[0.0,1.0]]");
    assertThat(split.write(settings.path(), "night-1", DATA.source())).isEqualTo(5);
    List<String> reasons =
        SPARK.read().parquet(folder + "/aside/night-1").collectAsList().stream()
            .map(row -> row.<String>getAs(Quarantine.REASON))
            .sorted()
            .toList();
    assertThat(reasons)
        .containsExactly(
            "x has a missing value",
            "x is outside [-1.0, 1.0]",
            "y has a missing value",
            "y has a missing value",
            "y has a missing value; x is outside [-1.0, 1.0]");
    CheckSettings.QuarantineSettings ranges =
        settings("{quarantine: {path: p, missing: false, ranges: {y: [-1, 1]}}}")
            .quarantine()
            .orElseThrow();
    assertThat(
            Quarantine.of(rows, TableScan.of(rows, DATA).features(), ranges)
                .putAside()
                .collectAsList())
        .as("a value that is missing is in no range and outside of none")
        .extracting(row -> row.get(1))
        .containsExactly(Double.POSITIVE_INFINITY);
    assertThatThrownBy(
            () -> split.write(folder + "/aside/night-1/_SUCCESS/x", "night-2", DATA.source()))
        .isInstanceOf(PathException.class)
        .hasMessageContaining("choose another path");
    Judgement judgement = Quarantine.judge(5, 6, settings);
    assertThat(judgement.status()).isEqualTo(Status.FAILED);
    assertThat(judgement.message()).contains("5 of 6");
    assertThatThrownBy(
            () ->
                Quarantine.of(
                    rows,
                    TableScan.of(rows, DATA).features(),
                    settings("{quarantine: {path: p, ranges: {z: [0, 1]}}}").quarantine().get()))
        .isInstanceOf(BadSettingException.class)
        .hasMessageContaining("z");
    for (String type : List.of("string", "date")) {
      Dataset<Row> others = rows.withColumn("z", functions.lit("2026-01-01").cast(type));
      assertThatThrownBy(
              () ->
                  Quarantine.of(
                      others,
                      TableScan.of(rows, DATA).features(),
                      settings("{quarantine: {path: p, ranges: {z: [0, 1]}}}").quarantine().get()))
          .isInstanceOf(BadSettingException.class)
          .hasMessageContaining("names z, which is " + type + " and no number");
    }
    Dataset<Row> taken = rows.withColumn("Quarantine_Reason", functions.lit("kept"));
    assertThatThrownBy(() -> Quarantine.of(taken, TableScan.of(rows, DATA).features(), settings))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("a column 'Quarantine_Reason'");
  }

  @Test
  void arraysArePutAsideToo() {
    Dataset<Row> rows =
        SPARK.sql(
            "SELECT * FROM VALUES (array(1D, 2D)), (array(1D, null)), (array(1D)), (null),"
                + " (array(9D, 0D)) AS t(a)");
    DataSettings data = Sample.table("t").features("a").shape(2).settings();
    Quarantine split =
        Quarantine.of(
            rows,
            TableScan.of(rows, data).features(),
            settings("{quarantine: {path: p, ranges: {a: [0, 5]}}}").quarantine().orElseThrow());
    assertThat(split.kept().collectAsList()).hasSize(1);
    assertThat(split.putAside().count()).isEqualTo(4);
  }
}
