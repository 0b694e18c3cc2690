package io.ebmspark.spark.check;

import io.ebmspark.core.drift.Proportion;
import io.ebmspark.spark.data.Names;
import io.ebmspark.spark.profile.BinCounts;
import io.ebmspark.spark.profile.ColumnProfile;
import io.ebmspark.spark.profile.DataProfile;
import io.ebmspark.spark.profile.TableScan;
import io.ebmspark.spark.record.Action;
import io.ebmspark.spark.record.ColumnDrift;
import io.ebmspark.spark.record.Judgement;
import io.ebmspark.spark.record.Status;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * How far rows have moved from those a model was trained on: each column by itself, copies of rows,
 * and by the model's energies all columns together. Reads nothing: the scan has counted the rows by
 * the bins of the model's profile.
 */
final class Moves {
  /**
   * Probability of taking chance for a finding, per check and night, over all its columns: a dozen
   * checks then give a false alarm about once in twenty years of nights.
   */
  private static final double TAIL = 1e-5;

  /** With fewer columns, the share says nothing that the columns do not. */
  private static final int FEWEST_COLUMNS = 4;

  private final TableScan scan;
  private final CheckSettings settings;
  private final List<Judgement> judgements = new ArrayList<>();
  private Optional<Double> driftedShare = Optional.empty();
  private List<ColumnDrift> columns = List.of();

  private Moves(TableScan scan, CheckSettings settings) {
    this.scan = scan;
    this.settings = settings;
  }

  /** The moves of scanned rows. */
  static Moves of(TableScan scan, Champion champion, CheckSettings settings) {
    Moves moves = new Moves(scan, settings);
    moves.look(champion);
    return moves;
  }

  /** What is left to say where there is nothing to compare: each check is skipped. */
  static List<Judgement> skipped(CheckSettings settings, String reason) {
    List<Judgement> all = new ArrayList<>(skippedColumns(settings, reason));
    skip(all, DataChecks.ENERGY, settings.energy().action(), reason);
    return all;
  }

  private static List<Judgement> skippedColumns(CheckSettings settings, String reason) {
    List<Judgement> all = new ArrayList<>();
    skip(all, DataChecks.DUPLICATE_ROWS, settings.duplicateRows().action(), reason);
    skip(all, DataChecks.CONSTANT, settings.constant().action(), reason);
    skip(all, DataChecks.NULLS, settings.nulls().action(), reason);
    skip(all, DataChecks.OUT_OF_RANGE, settings.outOfRange().action(), reason);
    skip(all, DataChecks.CATEGORIES, settings.categories().action(), reason);
    skip(all, DataChecks.PSI, settings.psi().action(), reason);
    skip(all, DataChecks.WASSERSTEIN, settings.wasserstein().action(), reason);
    skip(all, DataChecks.JENSEN_SHANNON, settings.jensenShannon().action(), reason);
    skip(all, DataChecks.DRIFTED_SHARE, settings.driftedShare().action(), reason);
    return all;
  }

  private static void skip(List<Judgement> all, String name, Action action, String reason) {
    if (action != Action.OFF) {
      all.add(Findings.skipped(name, reason));
    }
  }

  private void look(Champion champion) {
    Optional<List<BinCounts>> counts = champion.profile().flatMap(scan::counts);
    if (scan.rows() == 0) {
      judgements.addAll(skippedColumns(settings, "there are no rows"));
    } else if (counts.isPresent()) {
      DataProfile before = champion.profile().orElseThrow();
      List<ColumnProfile> columnsBefore =
          scan.names().stream().map(name -> before.column(name).orElseThrow()).toList();
      duplicateRows(before, champion);
      constant(columnsBefore, counts.get());
      columns(before, columnsBefore, counts.get());
    } else {
      judgements.addAll(
          skippedColumns(
              settings,
              champion.profile().isPresent()
                  ? "the model had not all of these features"
                  : "the model has no profile: it was trained by an earlier release"));
    }
    energy(champion);
  }

  private void duplicateRows(DataProfile before, Champion champion) {
    if (settings.duplicateRows().action() == Action.OFF) {
      return;
    }
    if (!scan.features().equals(champion.features())) {
      judgements.add(
          Findings.skipped(DataChecks.DUPLICATE_ROWS, "a feature of the model's rows is missing"));
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
            DataChecks.DUPLICATE_ROWS,
            settings.duplicateRows(),
            "the share of duplicate rows rose by %s",
            "check whether something was loaded twice");
    judgements.add(findings.one(Math.max(0, share - before.duplicates()), noise));
  }

  private void constant(List<ColumnProfile> before, List<BinCounts> counts) {
    Action action = settings.constant().action();
    if (action == Action.OFF) {
      return;
    }
    List<String> constant = new ArrayList<>();
    for (int i = 0; i < before.size(); i++) {
      ColumnProfile column = before.get(i);
      if (!column.isConstant() && scan.isConstant(i)) {
        long commonest = column.counts().stream().mapToLong(Long::longValue).max().orElse(0);
        long present = scan.rows() - counts.get(i).nulls();
        // A column that nearly always holds one value may do so in all of a few rows.
        double chance = Math.pow((double) commonest / column.present(), (double) present);
        if (chance < TAIL / before.size()) {
          constant.add(column.name());
        }
      }
    }
    Status bad = action == Action.STOP ? Status.FAILED : Status.WARNED;
    judgements.add(
        new Judgement(
            DataChecks.CONSTANT,
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

  private void columns(DataProfile profile, List<ColumnProfile> before, List<BinCounts> counts) {
    ColumnChecks checks = new ColumnChecks(settings, TAIL / before.size());
    for (int i = 0; i < before.size(); i++) {
      checks.add(before.get(i), profile.binNames(before.get(i)), counts.get(i));
    }
    judgements.addAll(checks.judgements());
    columns = checks.columns();
    double share = (double) checks.drifted() / checks.looked();
    driftedShare = Optional.of(share);
    if (settings.driftedShare().action() == Action.OFF) {
      return;
    }
    if (checks.looked() < FEWEST_COLUMNS) {
      judgements.add(
          Findings.skipped(
              DataChecks.DRIFTED_SHARE, "fewer than four columns, which are judged one by one"));
      return;
    }
    Findings findings =
        new Findings(
            DataChecks.DRIFTED_SHARE,
            settings.driftedShare(),
            "%s of " + Names.count(checks.looked(), "column") + " have drifted",
            "this looks like a different table: look at its source");
    judgements.add(findings.one(share, 0));
  }

  private void energy(Champion champion) {
    if (settings.energy().action() == Action.OFF) {
      return;
    }
    List<String> needed = champion.model().config().features().features().featureNames();
    if (!Names.places(scan.features().featureNames()).keySet().containsAll(needed)) {
      judgements.add(Findings.skipped(DataChecks.ENERGY, "a feature of the model is missing"));
      return;
    }
    double[] energies = EnergyDrift.energies(scan, champion.model());
    if (energies.length == 0) {
      judgements.add(
          Findings.skipped(DataChecks.ENERGY, "no row has all the values that the model needs"));
      return;
    }
    EnergyDrift drift = EnergyDrift.of(champion.referenceEnergies(), energies, scan.copies(), TAIL);
    Findings findings =
        new Findings(
            DataChecks.ENERGY,
            settings.energy(),
            "the population stability index of the model's energies is %s, on "
                + Names.count(drift.rows(), "row"),
            "the rows are unusual for the model, in single columns or in how columns go"
                + " together: look at the most drifted columns and at the rows of highest energy");
    judgements.add(findings.one(drift.index(), drift.noise()));
  }

  /** What the checks came to. */
  List<Judgement> judgements() {
    return judgements;
  }

  /** The share of columns that have moved; absent where none could be compared. */
  Optional<Double> driftedShare() {
    return driftedShare;
  }

  /** The columns, the most drifted first. */
  List<ColumnDrift> columns() {
    return columns;
  }
}
