package io.ebmspark.spark.gate;

import io.ebmspark.core.evaluation.Placements;
import io.ebmspark.core.evaluation.PrecisionBootstrap;
import io.ebmspark.spark.evaluate.Evaluated;
import io.ebmspark.spark.gate.Gates.Champion;
import io.ebmspark.spark.record.Action;
import java.util.Optional;

/** The gates that compare how well two models tell anomalies from usual rows. */
final class RankingGates {
  private final GateSettings settings;
  private final Evaluated candidate;
  private final Optional<Champion> champion;
  private final Verdicts verdicts;

  RankingGates(
      GateSettings settings, Evaluated candidate, Optional<Champion> champion, Verdicts verdicts) {
    this.settings = settings;
    this.candidate = candidate;
    this.champion = champion;
    this.verdicts = verdicts;
  }

  /** Judges by both. */
  void judge() {
    auroc();
    averagePrecision();
  }

  private void auroc() {
    GateSettings.AurocGate gate = settings.auroc();
    if (verdicts.isOut("auroc", gate.action())) {
      return;
    }
    Optional<Placements> mine = candidate.placements();
    Optional<Placements> its = champion.orElseThrow().evaluated().placements();
    if (mine.isEmpty() || its.isEmpty()) {
      verdicts.skip("auroc", "nothing was ranked");
      return;
    }
    fall(
        "auroc",
        "AUROC of " + candidate.evaluation().ranked().orElseThrow(),
        gate.action(),
        gate.limit(),
        mine.get().area(),
        its.get().area(),
        mine.get().standardErrorOfDifference(its.get()));
  }

  private void averagePrecision() {
    GateSettings.AveragePrecisionGate gate = settings.averagePrecision();
    if (verdicts.isOut("averagePrecision", gate.action())) {
      return;
    }
    Evaluated before = champion.orElseThrow().evaluated();
    Optional<PrecisionBootstrap> mine = candidate.precision();
    Optional<PrecisionBootstrap> its = before.precision();
    if (mine.isEmpty() || its.isEmpty()) {
      verdicts.skip("averagePrecision", "nothing was ranked");
      return;
    }
    fall(
        "averagePrecision",
        "average precision of " + candidate.evaluation().ranked().orElseThrow(),
        gate.action(),
        gate.limit(),
        candidate.evaluation().averagePrecision().orElseThrow().value(),
        before.evaluation().averagePrecision().orElseThrow().value(),
        mine.get().standardErrorOfDifference(its.get()));
  }

  /** Judges a measure for which higher is better, by its fall below the champion's. */
  private void fall(
      String name,
      String what,
      Action action,
      double limit,
      double mine,
      double its,
      double error) {
    double fall = its - mine;
    double noise = Double.isFinite(error) ? settings.deviations() * error : 0;
    double most = Math.max(limit, noise);
    verdicts.verdict(
        name,
        action,
        !(fall > most),
        fall,
        most,
        Verdicts.format(
            "%s %.4g, the champion's %.4g: %s by %.3g ± %.2g",
            what, mine, its, fall > 0 ? "lower" : "higher", Math.abs(fall), error));
  }
}
