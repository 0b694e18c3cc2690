package io.ebmspark.spark.gate;

import ai.djl.Device;
import io.ebmspark.core.data.FeatureScaling;
import io.ebmspark.core.evaluation.RankCorrelation;
import io.ebmspark.core.model.Calibration;
import io.ebmspark.core.model.RowEnergies;
import io.ebmspark.spark.evaluate.Evaluated;
import io.ebmspark.spark.evaluate.EvaluationRows;
import io.ebmspark.spark.evaluate.Statistics;
import io.ebmspark.spark.gate.Gates.Champion;
import io.ebmspark.spark.model.Model;
import io.ebmspark.spark.record.Measured;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The gates that ask both models for energies of rows stored with the champion when it was trained,
 * beside those of new rows: the mean energy, the alarm rates, and the rank correlation.
 */
final class KeptRowGates {
  /** Fewer rows say nothing about a share, a rank or a mean. */
  private static final int FEWEST_ROWS = 30;

  /**
   * The share of energies at each end that is replaced by the nearest of the others (winsorised).
   */
  private static final double TRIMMED = 0.01;

  private final GateSettings settings;
  private final double falsePositiveRate;
  private final Model model;
  private final Evaluated candidate;
  private final Optional<Champion> champion;
  private final Verdicts verdicts;

  /**
   * The gates.
   *
   * @param model the candidate
   */
  KeptRowGates(
      GateSettings settings,
      double falsePositiveRate,
      Model model,
      Evaluated candidate,
      Optional<Champion> champion,
      Verdicts verdicts) {
    this.settings = settings;
    this.falsePositiveRate = falsePositiveRate;
    this.model = model;
    this.candidate = candidate;
    this.champion = champion;
    this.verdicts = verdicts;
  }

  /** Judges by all three. */
  void judge() {
    float[] kept = champion.map(Champion::kept).orElse(new float[0]);
    boolean enough =
        champion.filter(Champion::sameInputs).isPresent() && kept.length / width() >= FEWEST_ROWS;
    float[] mine = {};
    float[] its = {};
    if (enough) {
      Model before = champion.orElseThrow().model();
      FeatureScaling units = before.config().features().scaling();
      its = energies(before, kept);
      mine =
          energies(
              model,
              EvaluationRows.of(kept, units).in(model.config().features().scaling()).usual());
    }
    String few =
        kept.length / width() + " rows are stored with the champion; the gate needs " + FEWEST_ROWS;
    boolean canCompare = enough && Statistics.finite(candidate.energies()).length >= FEWEST_ROWS;
    if (!verdicts.isOutOfUnits("meanEnergy", settings.meanEnergy().action())) {
      if (canCompare) {
        meanEnergy(mine);
      } else {
        verdicts.skip("meanEnergy", few);
      }
    }
    if (!verdicts.isOutOfUnits("alertRate", settings.alertRate().action())) {
      if (canCompare) {
        alertRate(mine, its);
      } else {
        verdicts.skip("alertRate", few);
      }
    }
    if (!verdicts.isOut("rankCorrelation", settings.rankCorrelation().action())) {
      rankCorrelation(mine, its);
    }
  }

  private void meanEnergy(float[] kept) {
    double[] fresh = Statistics.finite(candidate.energies());
    Arrays.sort(fresh);
    double low = fresh[(int) (TRIMMED * fresh.length)];
    double high = fresh[fresh.length - 1 - (int) (TRIMMED * fresh.length)];
    Measured now = Statistics.mean(trimmed(fresh, low, high));
    double[] keptFinite = new double[kept.length];
    for (int i = 0; i < kept.length; i++) {
      keptFinite[i] = Float.isFinite(kept[i]) ? kept[i] : high;
    }
    Measured before = Statistics.mean(trimmed(keptFinite, low, high));
    double deviation = now.standardError().orElse(0.0) * Math.sqrt(fresh.length);
    double shift = deviation > 0 ? (before.value() - now.value()) / deviation : 0;
    double error = Math.hypot(now.standardError().orElse(0.0), before.standardError().orElse(0.0));
    double noise = deviation > 0 ? settings.deviations() * error / deviation : 0;
    double limit = Math.max(settings.meanEnergy().limit(), noise);
    verdicts.verdict(
        "meanEnergy",
        settings.meanEnergy().action(),
        !(Math.abs(shift) > limit),
        Math.abs(shift),
        limit,
        Verdicts.format(
            "rows stored with the champion have a mean energy of %.4g, new rows %.4g: %.3g"
                + " standard deviations apart",
            before.value(), now.value(), Math.abs(shift)));
  }

  private static double[] trimmed(double[] energies, double low, double high) {
    return Arrays.stream(energies).map(e -> Math.max(low, Math.min(high, e))).toArray();
  }

  /**
   * Each model's alarms on the other's rows, at a threshold from its own rows: the candidate must
   * know what used to be usual, and must not have learnt what the champion alarms at.
   */
  private void alertRate(float[] mineOfKept, float[] itsOfKept) {
    float[] itsOfNew = Statistics.ranked(champion.orElseThrow().evaluated().energies());
    int fewest = Math.min(candidate.energies().length, mineOfKept.length);
    if (1.0 / (fewest + 1) > falsePositiveRate) {
      verdicts.skip(
          "alertRate",
          "a rate of "
              + falsePositiveRate
              + " needs "
              + Calibration.rowsFor(falsePositiveRate)
              + " held-out rows, and there are "
              + fewest);
      return;
    }
    double mine = alarms(candidate.energies(), mineOfKept);
    double its = alarms(itsOfKept, itsOfNew);
    double limit = settings.alertRate().limit();
    // Thresholds and alarm rates both vary with their finite numbers of rows.
    double noise =
        settings.deviations()
            * Math.sqrt(
                falsePositiveRate
                    * (1 - falsePositiveRate)
                    * (1.0 / candidate.energies().length + 1.0 / mineOfKept.length));
    double highest = falsePositiveRate * limit + noise;
    double lowest = falsePositiveRate / limit - noise;
    boolean tooFew = Math.min(mine, its) < lowest;
    verdicts.verdict(
        "alertRate",
        settings.alertRate().action(),
        !tooFew && Math.max(mine, its) <= highest,
        tooFew ? Math.min(mine, its) : Math.max(mine, its),
        tooFew ? lowest : highest,
        Verdicts.format(
            "the candidate would alarm at %.3g of %d rows stored with the champion, and the"
                + " champion alarms at %.3g of %d new rows; %.3g is intended",
            mine, mineOfKept.length, its, itsOfNew.length, falsePositiveRate));
  }

  /** The share of rows at or above the threshold from other rows; overflows count as above. */
  private double alarms(float[] calibrating, float[] energies) {
    double[] finite = Statistics.finite(calibrating);
    float[] usual = new float[finite.length];
    for (int i = 0; i < finite.length; i++) {
      usual[i] = (float) finite[i];
    }
    // If too many energies overflow, only an overflow is an alarm.
    long beyond =
        1.0 / (usual.length + 1) > falsePositiveRate
            ? energies.length - Statistics.finite(energies).length
            : Calibration.of(usual).alarms(energies, falsePositiveRate);
    return (double) beyond / energies.length;
  }

  /** On stored and on new rows: a change in what is usual shows in either. */
  private void rankCorrelation(float[] mine, float[] its) {
    float[] championNow = champion.orElseThrow().evaluated().energies();
    if (championNow.length < FEWEST_ROWS) {
      verdicts.skip(
          "rankCorrelation",
          championNow.length + " new rows are held out; the gate needs " + FEWEST_ROWS);
      return;
    }
    RankCorrelation now = correlation(candidate.energies(), championNow);
    Optional<RankCorrelation> before =
        mine.length < FEWEST_ROWS ? Optional.empty() : Optional.of(correlation(mine, its));
    double limit = settings.rankCorrelation().limit();
    List<RankCorrelation> lowestFirst =
        Stream.concat(Stream.of(now), before.stream())
            .sorted(Comparator.comparing(RankCorrelation::value))
            .toList();
    Optional<RankCorrelation> tooLow =
        lowestFirst.stream()
            .filter(found -> found.isBelow(limit, settings.deviations()))
            .findFirst();
    RankCorrelation told = tooLow.orElse(lowestFirst.get(0));
    verdicts.verdict(
        "rankCorrelation",
        settings.rankCorrelation().action(),
        tooLow.isEmpty(),
        told.value(),
        told.least(limit, settings.deviations()),
        Verdicts.format(
            "energies have a rank correlation of %.3g ± %.2g with the champion's on new rows%s",
            now.value(),
            now.standardError(),
            before
                .map(
                    kept ->
                        Verdicts.format(
                            ", and of %.3g ± %.2g on rows stored with it",
                            kept.value(), kept.standardError()))
                .orElse("")));
  }

  /** None, and certainly, if either energy is constant, since it ranks nothing. */
  private static RankCorrelation correlation(float[] mine, float[] its) {
    RankCorrelation found = RankCorrelation.of(Statistics.ranked(mine), Statistics.ranked(its));
    return Double.isNaN(found.value()) ? new RankCorrelation(0, 0) : found;
  }

  private int width() {
    return model.config().features().scale().size();
  }

  private static float[] energies(Model model, float[] rows) {
    try (RowEnergies open = model.open(Device.cpu())) {
      return open.energies(rows);
    }
  }
}
