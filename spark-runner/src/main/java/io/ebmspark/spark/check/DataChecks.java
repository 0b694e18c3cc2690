package io.ebmspark.spark.check;

import io.ebmspark.core.drift.Proportion;
import io.ebmspark.spark.data.DataSettings;
import io.ebmspark.spark.data.Names;
import io.ebmspark.spark.profile.BinCounts;
import io.ebmspark.spark.profile.ColumnProfile;
import io.ebmspark.spark.profile.DataProfile;
import io.ebmspark.spark.profile.SourceFile;
import io.ebmspark.spark.profile.TableScan;
import io.ebmspark.spark.record.Action;
import io.ebmspark.spark.record.ColumnDrift;
import io.ebmspark.spark.record.DataRecord;
import io.ebmspark.spark.record.Judgement;
import io.ebmspark.spark.record.Status;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * Compares new rows with the champion's training rows before training: one pass over the rows,
 * before any of them is left out.
 */
public final class DataChecks {
  static final String SCHEMA = "schema";
  static final String ROWS = "rows";
  static final String NULLS = "nulls";
  static final String OUT_OF_RANGE = "outOfRange";
  static final String CATEGORIES = "categories";
  static final String FILES = "files";
  static final String DUPLICATE_ROWS = "duplicateRows";
  static final String CONSTANT = "constant";
  static final String PSI = "psi";
  static final String WASSERSTEIN = "wasserstein";
  static final String JENSEN_SHANNON = "jensenShannon";
  static final String DRIFTED_SHARE = "driftedShare";
  static final String ENERGY = "energy";

  /**
   * Probability of taking chance for a finding, per check and night, over all its columns: a dozen
   * checks then give a false alarm about once in twenty years of nights.
   */
  private static final double TAIL = 1e-5;

  /** With fewer columns, the share says nothing that the columns do not. */
  private static final int FEWEST_COLUMNS = 4;

  private final CheckSettings settings;
  private final Dataset<Row> table;
  private final DataSettings data;
  private final List<Judgement> judgements = new ArrayList<>();

  private DataChecks(Dataset<Row> table, DataSettings data, CheckSettings settings) {
    this.table = table;
    this.data = data;
    this.settings = settings;
  }

  /**
   * Checks rows.
   *
   * @param data how the rows are read for training, and their name in messages
   * @param champion absent on the first night; checks that need it are then reported as skipped
   * @param rowsBefore row counts of the last nights, in any order; the champion's if empty
   * @throws io.ebmspark.spark.data.DataException if the table cannot be read
   */
  public static CheckResult check(
      Dataset<Row> table,
      DataSettings data,
      Optional<Champion> champion,
      List<Long> rowsBefore,
      CheckSettings settings) {
    DataChecks checks = new DataChecks(table, data, settings);
    return champion.isPresent()
        ? checks.against(champion.get(), rowsBefore)
        : checks.first(rowsBefore);
  }

  private CheckResult first(List<Long> rowsBefore) {
    TableScan scan = TableScan.of(table, data);
    skip(SCHEMA, settings.schema().action(), "there is no champion to compare with");
    rows(scan, rowsBefore);
    List<SourceFile> files = files(List.of());
    skipAll("there is no champion to compare with");
    return new CheckResult(
        judgements, record(scan, Optional.empty(), List.of()), Optional.of(scan), files);
  }

  private CheckResult against(Champion champion, List<Long> rowsBefore) {
    SchemaFindings schema = SchemaFindings.of(table, champion, data);
    schema.judge(settings.schema()).ifPresent(judgements::add);
    List<SourceFile> files = files(champion.profile().map(DataProfile::files).orElse(List.of()));
    if (schema.left().isEmpty()) {
      skip(ROWS, settings.rows().action(), "none of the features is present");
      skipAll("none of the features is present");
      DataRecord nothing =
          new DataRecord(
              data.source().describe(),
              0,
              Optional.empty(),
              Optional.empty(),
              0,
              Optional.empty(),
              Optional.empty(),
              List.of());
      return new CheckResult(judgements, nothing, Optional.empty(), files);
    }
    TableScan scan = TableScan.of(table, schema.left().get(), data.source(), champion.profile());
    List<Long> counts =
        rowsBefore.isEmpty()
            ? champion.profile().map(p -> List.of(p.rows())).orElse(List.of())
            : rowsBefore;
    rows(scan, counts);
    Optional<Double> driftedShare = Optional.empty();
    List<ColumnDrift> columns = List.of();
    if (champion.profile().isEmpty()) {
      skipColumns("the champion has no profile: it was trained by an earlier release");
    } else if (scan.rows() == 0) {
      skipColumns("there are no rows");
    } else {
      DataProfile profile = champion.profile().get();
      duplicateRows(scan, profile);
      constant(scan, profile);
      ColumnChecks found = columns(scan, profile);
      driftedShare = Optional.of((double) found.drifted() / found.looked());
      columns = found.columns();
    }
    energy(scan, champion);
    return new CheckResult(
        judgements, record(scan, driftedShare, columns), Optional.of(scan), files);
  }

  private DataRecord record(
      TableScan scan, Optional<Double> driftedShare, List<ColumnDrift> columns) {
    return new DataRecord(
        data.source().describe(),
        scan.rows(),
        Optional.empty(),
        Optional.empty(),
        0,
        Optional.of(scan.fingerprint()),
        driftedShare,
        columns);
  }

  private void skip(String name, Action action, String reason) {
    if (action != Action.OFF) {
      judgements.add(Findings.skipped(name, reason));
    }
  }

  private void skipColumns(String reason) {
    skip(DUPLICATE_ROWS, settings.duplicateRows().action(), reason);
    skip(CONSTANT, settings.constant().action(), reason);
    skip(NULLS, settings.nulls().action(), reason);
    skip(OUT_OF_RANGE, settings.outOfRange().action(), reason);
    skip(CATEGORIES, settings.categories().action(), reason);
    skip(PSI, settings.psi().action(), reason);
    skip(WASSERSTEIN, settings.wasserstein().action(), reason);
    skip(JENSEN_SHANNON, settings.jensenShannon().action(), reason);
    skip(DRIFTED_SHARE, settings.driftedShare().action(), reason);
  }

  private void skipAll(String reason) {
    skipColumns(reason);
    skip(ENERGY, settings.energy().action(), reason);
  }

  private void rows(TableScan scan, List<Long> before) {
    if (settings.rows().action() == Action.OFF) {
      return;
    }
    if (scan.rows() == 0) {
      Status status = settings.rows().action() == Action.STOP ? Status.FAILED : Status.WARNED;
      judgements.add(
          new Judgement(
              ROWS,
              Optional.empty(),
              status,
              Optional.empty(),
              Optional.empty(),
              "there are no rows; look at source.where and at what writes the table"));
      return;
    }
    List<Long> known = before.stream().filter(count -> count > 0).sorted().toList();
    if (known.isEmpty()) {
      judgements.add(Findings.skipped(ROWS, "no row counts of earlier nights are known"));
      return;
    }
    double median = (double) known.get(known.size() / 2);
    double factor = Math.max(scan.rows() / median, median / scan.rows()) - 1;
    Findings findings =
        new Findings(
            ROWS,
            settings.rows(),
            Names.count(scan.rows(), "row")
                + " against "
                + (long) median
                + " in the last nights, "
                + (scan.rows() < median ? "fewer" : "more")
                + " by a factor, less 1, of %s",
            "check for missing or duplicate files");
    judgements.add(findings.one(factor, 0));
  }

  private List<SourceFile> files(List<SourceFile> before) {
    SourceFiles found = SourceFiles.of(table, settings.files(), before);
    found.judgement().ifPresent(judgements::add);
    return found.files();
  }

  private void duplicateRows(TableScan scan, DataProfile before) {
    if (settings.duplicateRows().action() == Action.OFF) {
      return;
    }
    if (!scan.features().equals(before.toFeatures())) {
      judgements.add(
          Findings.skipped(DUPLICATE_ROWS, "a feature of the champion's rows is missing"));
      return;
    }
    long[] copies = scan.copies();
    double sampled = (double) Arrays.stream(copies).sum();
    double share = 1 - copies.length / sampled;
    // Clusters of copies are sampled, not rows: each share is worth this many independent rows.
    double worthNow = EnergyDrift.effective(copies);
    double worthBefore =
        before.sampled() == 0
            ? 1
            : (double) before.sampled() * before.sampled() / before.copiesSquared();
    double noise =
        Proportion.noise(
            before.duplicates() * worthBefore, worthBefore, share * worthNow, worthNow, TAIL);
    Findings findings =
        new Findings(
            DUPLICATE_ROWS,
            settings.duplicateRows(),
            "the share of duplicate rows rose by %s",
            "check whether something was loaded twice");
    judgements.add(findings.one(Math.max(0, share - before.duplicates()), noise));
  }

  private void constant(TableScan scan, DataProfile before) {
    Action action = settings.constant().action();
    if (action == Action.OFF) {
      return;
    }
    List<String> constant = new ArrayList<>();
    Map<String, ColumnProfile> known = byName(before);
    for (int i = 0; i < scan.names().size(); i++) {
      ColumnProfile column = known.get(scan.names().get(i));
      if (column != null && !column.isConstant() && scan.isConstant(i)) {
        long commonest = column.counts().stream().mapToLong(Long::longValue).max().orElse(0);
        long present = scan.rows() - scan.counts().get(i).nulls();
        // A column that nearly always holds one value may do so in all of a few rows.
        double chance = Math.pow((double) commonest / column.present(), (double) present);
        if (chance < TAIL / scan.names().size()) {
          constant.add(column.name());
        }
      }
    }
    Status bad = action == Action.STOP ? Status.FAILED : Status.WARNED;
    judgements.add(
        new Judgement(
            CONSTANT,
            constant.size() == 1 ? Optional.of(constant.get(0)) : Optional.empty(),
            constant.isEmpty() ? Status.PASSED : bad,
            Optional.of((double) constant.size()),
            Optional.of(0.0),
            constant.isEmpty()
                ? "no column has become constant"
                : Names.list(constant)
                    + (constant.size() == 1 ? " holds" : " hold")
                    + " one value only, but held several before; look at what fills "
                    + (constant.size() == 1 ? "it" : "them")));
  }

  private static Map<String, ColumnProfile> byName(DataProfile profile) {
    Map<String, ColumnProfile> known = new LinkedHashMap<>();
    profile.columns().forEach(column -> known.put(column.name(), column));
    return known;
  }

  private ColumnChecks columns(TableScan scan, DataProfile before) {
    Map<String, ColumnProfile> known = byName(before);
    ColumnChecks checks = new ColumnChecks(settings, TAIL / scan.names().size());
    List<BinCounts> counts = scan.counts();
    for (int i = 0; i < counts.size(); i++) {
      ColumnProfile column = known.get(scan.names().get(i));
      if (column == null) {
        throw new IllegalStateException("the profile lacks " + scan.names().get(i));
      }
      checks.add(column, counts.get(i));
    }
    judgements.addAll(checks.judgements());
    if (settings.driftedShare().action() == Action.OFF) {
      return checks;
    }
    if (checks.looked() < FEWEST_COLUMNS) {
      judgements.add(
          Findings.skipped(DRIFTED_SHARE, "fewer than four columns, which are judged one by one"));
      return checks;
    }
    Findings findings =
        new Findings(
            DRIFTED_SHARE,
            settings.driftedShare(),
            "%s of " + Names.count(checks.looked(), "column") + " have drifted",
            "this looks like a different table: look at its source");
    judgements.add(findings.one((double) checks.drifted() / checks.looked(), 0));
    return checks;
  }

  private void energy(TableScan scan, Champion champion) {
    if (settings.energy().action() == Action.OFF) {
      return;
    }
    List<String> needed = champion.model().config().features().features().featureNames();
    if (!scan.features().featureNames().containsAll(needed)) {
      judgements.add(Findings.skipped(ENERGY, "a feature of the champion is missing"));
      return;
    }
    double[] energies = EnergyDrift.energies(scan, champion.model());
    if (energies.length == 0) {
      judgements.add(Findings.skipped(ENERGY, "no row has all the values that the champion needs"));
      return;
    }
    EnergyDrift drift = EnergyDrift.of(champion.referenceEnergies(), energies, scan.copies(), TAIL);
    Findings findings =
        new Findings(
            ENERGY,
            settings.energy(),
            "the population stability index of the champion's energies is %s, on "
                + Names.count(drift.rows(), "row"),
            "the rows are unusual for the champion, in single columns or in how columns go"
                + " together: look at the most drifted columns and at the rows of highest energy");
    judgements.add(findings.one(drift.index(), drift.noise()));
  }
}
