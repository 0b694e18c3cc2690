package io.ebmspark.spark.check;

import io.ebmspark.spark.data.DataSettings;
import io.ebmspark.spark.data.Names;
import io.ebmspark.spark.profile.DataProfile;
import io.ebmspark.spark.profile.SourceFile;
import io.ebmspark.spark.profile.TableScan;
import io.ebmspark.spark.record.Action;
import io.ebmspark.spark.record.ColumnDrift;
import io.ebmspark.spark.record.DataRecord;
import io.ebmspark.spark.record.Judgement;
import io.ebmspark.spark.record.Status;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
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

  private final CheckSettings settings;
  private final Dataset<Row> table;
  private final DataSettings data;
  private final Optional<SlowDrift> slowDrift;
  private final List<Judgement> judgements = new ArrayList<>();

  private DataChecks(
      Dataset<Row> table,
      DataSettings data,
      CheckSettings settings,
      Optional<SlowDrift> slowDrift) {
    this.table = table;
    this.data = data;
    this.settings = settings;
    this.slowDrift = slowDrift;
  }

  /** As below, without a check for slow drift. */
  public static CheckResult check(
      Dataset<Row> table,
      DataSettings data,
      Optional<Champion> champion,
      List<Long> rowsBefore,
      CheckSettings settings) {
    return check(table, data, champion, rowsBefore, settings, Optional.empty());
  }

  /**
   * Checks rows.
   *
   * @param data how the rows are read for training, and their name in messages
   * @param champion absent on the first night; checks that need it are then reported as skipped
   * @param rowsBefore row counts of the last nights, in any order; the champion's if empty
   * @param slowDrift judged if no other check refuses the rows
   * @throws io.ebmspark.spark.data.DataException if the table cannot be read
   */
  public static CheckResult check(
      Dataset<Row> table,
      DataSettings data,
      Optional<Champion> champion,
      List<Long> rowsBefore,
      CheckSettings settings,
      Optional<SlowDrift> slowDrift) {
    DataChecks checks = new DataChecks(table, data, settings, slowDrift);
    return champion.isPresent()
        ? checks.against(champion.get(), rowsBefore)
        : checks.first(rowsBefore);
  }

  private CheckResult first(List<Long> rowsBefore) {
    TableScan scan = TableScan.of(table, data);
    String reason = "there is no champion to compare with";
    skip(SCHEMA, settings.schema().action(), reason);
    rows(scan, rowsBefore);
    List<SourceFile> files = files(List.of());
    judgements.addAll(Moves.skipped(settings, reason));
    return new CheckResult(
        judgements, record(scan, Optional.empty(), List.of()), Optional.of(scan), files);
  }

  private CheckResult against(Champion champion, List<Long> rowsBefore) {
    SchemaFindings schema = SchemaFindings.of(table, champion, data);
    schema.judge(settings.schema()).ifPresent(judgements::add);
    List<SourceFile> files = files(champion.profile().map(DataProfile::files).orElse(List.of()));
    if (schema.left().isEmpty()) {
      String reason = "none of the features is present";
      skip(ROWS, settings.rows().action(), reason);
      judgements.addAll(Moves.skipped(settings, reason));
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
    TableScan scan =
        TableScan.of(
            table,
            schema.left().get(),
            data.source(),
            Stream.of(champion.profile(), slowDrift.flatMap(SlowDrift::profile))
                .flatMap(Optional::stream)
                .toList());
    List<Long> counts =
        rowsBefore.isEmpty()
            ? champion.profile().map(p -> List.of(p.rows())).orElse(List.of())
            : rowsBefore;
    rows(scan, counts);
    Moves moves = Moves.of(scan, champion, settings);
    judgements.addAll(moves.judgements());
    CheckResult result =
        new CheckResult(
            judgements,
            record(scan, moves.driftedShare(), moves.columns()),
            Optional.of(scan),
            files);
    return result.isRefused()
        ? result
        : slowDrift.map(drift -> result.and(drift.judge(scan, settings))).orElse(result);
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
    SourceFiles found = SourceFiles.of(table, data.source(), settings.files(), before);
    found.judgement().ifPresent(judgements::add);
    return found.files();
  }
}
