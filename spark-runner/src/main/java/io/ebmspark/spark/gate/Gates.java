package io.ebmspark.spark.gate;

import ai.djl.Device;
import io.ebmspark.core.data.FeatureScaling;
import io.ebmspark.core.evaluation.Placements;
import io.ebmspark.core.evaluation.PrecisionBootstrap;
import io.ebmspark.core.evaluation.RankCorrelation;
import io.ebmspark.core.model.Calibration;
import io.ebmspark.core.model.RowEnergies;
import io.ebmspark.spark.evaluate.Evaluated;
import io.ebmspark.spark.evaluate.EvaluationRows;
import io.ebmspark.spark.evaluate.Statistics;
import io.ebmspark.spark.model.Model;
import io.ebmspark.spark.record.Action;
import io.ebmspark.spark.record.ChainRecord;
import io.ebmspark.spark.record.Judgement;
import io.ebmspark.spark.record.Measured;
import io.ebmspark.spark.record.SampleDistance;
import io.ebmspark.spark.record.Status;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Judges a candidate against the champion it is to replace, from measurements of both on the new
 * held-out rows and from energies of the rows stored with the champion when it was trained.
 */
public final class Gates {
  /** Fewer rows say nothing about a share, a rank or a mean. */
  private static final int FEWEST_ROWS = 30;

  private static final String NO_CHAMPION = "there is no champion yet to compare with";

  private static final String OTHER_INPUTS =
      "the champion has learnt other values of the columns, so the two are only compared by how they"
          + " rank rows";

  /**
   * The share of energies at each end that is replaced by the nearest of the others (winsorised).
   */
  private static final double TRIMMED = 0.01;

  private final GateSettings settings;
  private final double falsePositiveRate;
  private final Model model;
  private final Evaluated candidate;
  private final Optional<Champion> champion;
  private final Optional<String> incomparable;
  private final List<Judgement> judgements = new ArrayList<>();

  /**
   * The champion.
   *
   * @param model may have other units than the candidate, but not other features
   * @param evaluated on the same rows as the candidate, with the same yardstick
   * @param kept rows held out when the champion was trained, packed in its units; empty if none
   *     were stored
   * @param sameInputs whether the two models' inputs are of the same values; if not, losses and
   *     distances are in units of their own, and the rows kept are none of the candidate's
   */
  public record Champion(Model model, Evaluated evaluated, float[] kept, boolean sameInputs) {}

  private Gates(
      GateSettings settings,
      double falsePositiveRate,
      Model model,
      Evaluated candidate,
      Optional<Champion> champion,
      Optional<String> incomparable) {
    this.settings = settings;
    this.falsePositiveRate = falsePositiveRate;
    this.model = model;
    this.candidate = candidate;
    this.champion = champion;
    this.incomparable = incomparable;
  }

  /**
   * Judges a candidate: one judgement per gate, including those that are off.
   *
   * @param falsePositiveRate the intended rate of false alarms
   * @param model the candidate
   * @param candidate its evaluation on new held-out rows
   * @param champion empty if there is none
   */
  public static List<Judgement> judge(
      GateSettings settings,
      double falsePositiveRate,
      Model model,
      Evaluated candidate,
      Optional<Champion> champion) {
    return new Gates(settings, falsePositiveRate, model, candidate, champion, Optional.empty())
        .judge();
  }

  /**
   * Judges a candidate whose champion cannot be put beside it: every gate that compares them
   * refuses, unless it is off or only warns, since nothing shows that the candidate is no worse.
   *
   * @param reason why it cannot, and what to do
   */
  public static List<Judgement> judgeAlone(
      GateSettings settings,
      double falsePositiveRate,
      Model model,
      Evaluated candidate,
      String reason) {
    return new Gates(
            settings, falsePositiveRate, model, candidate, Optional.empty(), Optional.of(reason))
        .judge();
  }

  /** Whether no judgement stands in the way of a promotion. */
  public static boolean pass(List<Judgement> judgements) {
    return judgements.stream().noneMatch(each -> each.status() == Status.FAILED);
  }

  private List<Judgement> judge() {
    finite();
    objective();
    onKeptRows();
    auroc();
    averagePrecision();
    samples();
    chains();
    return List.copyOf(judgements);
  }

  private void finite() {
    int weights = 0;
    for (float weight : model.parameters()) {
      weights += Float.isFinite(weight) ? 0 : 1;
    }
    int energies = candidate.energies().length - Statistics.finite(candidate.energies()).length;
    verdict(
        "finite",
        settings.finite().action(),
        weights + energies == 0,
        weights + energies,
        0,
        weights
            + " of "
            + model.parameters().length
            + " weights and "
            + energies
            + " of "
            + candidate.energies().length
            + " energies are not finite");
  }

  private void objective() {
    GateSettings.ObjectiveGate gate = settings.objective();
    if (isOutOfUnits("objective", gate.action())) {
      return;
    }
    Evaluated before = champion.orElseThrow().evaluated();
    double[] mine = candidate.losses();
    double[] its = before.losses();
    if (its.length == 0 && mine.length == 0) {
      skip("objective", "the objective cannot measure a single model; set evaluation.objective");
      return;
    }
    if (mine.length != its.length) {
      // The loss is finite for one of them only.
      boolean fails = mine.length == 0;
      verdict(
          "objective",
          gate.action(),
          !fails,
          Optional.empty(),
          Optional.of(gate.limit()),
          "the held-out loss of the " + (fails ? "candidate" : "champion") + " is not finite");
      return;
    }
    double[] differences = new double[mine.length];
    for (int i = 0; i < mine.length; i++) {
      differences[i] = mine[i] - its[i];
    }
    Measured worse = Statistics.mean(differences);
    double championLoss = Statistics.mean(its).value();
    double gain = before.evaluation().untrained().map(fresh -> fresh - championLoss).orElse(0.0);
    // A champion no better than before training has no gain to lose a share of.
    double lost = gain > 0 ? worse.value() / gain : worse.value() > 0 ? 1 : 0;
    double noise = settings.deviations() * worse.standardError().orElse(0.0);
    verdict(
        "objective",
        gate.action(),
        !(worse.value() > noise && lost > gate.limit()),
        lost,
        gate.limit(),
        format(
            "held-out loss %.4g, the champion's %.4g: %s by %.3g ± %.2g per row, %.3g of the"
                + " champion's gain in training",
            championLoss + worse.value(),
            championLoss,
            worse.value() > 0 ? "worse" : "better",
            Math.abs(worse.value()),
            worse.standardError().orElse(Double.NaN),
            Math.abs(lost)));
  }

  /** The gates that use rows stored with the champion. */
  private void onKeptRows() {
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
    if (!isOutOfUnits("meanEnergy", settings.meanEnergy().action())) {
      if (enough && Statistics.finite(candidate.energies()).length >= FEWEST_ROWS) {
        meanEnergy(mine);
      } else {
        skip("meanEnergy", few);
      }
    }
    if (!isOutOfUnits("alertRate", settings.alertRate().action())) {
      if (enough && Statistics.finite(candidate.energies()).length >= FEWEST_ROWS) {
        alertRate(mine, its);
      } else {
        skip("alertRate", few);
      }
    }
    if (!isOut("rankCorrelation", settings.rankCorrelation().action())) {
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
    double noise =
        settings.deviations()
            * Math.hypot(now.standardError().orElse(0.0), before.standardError().orElse(0.0))
            / deviation;
    double limit = settings.meanEnergy().limit();
    verdict(
        "meanEnergy",
        settings.meanEnergy().action(),
        !(Math.abs(shift) > Math.max(limit, noise)),
        Math.abs(shift),
        limit,
        format(
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
      skip(
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
    boolean passes = Math.max(mine, its) <= highest && Math.min(mine, its) >= lowest;
    verdict(
        "alertRate",
        settings.alertRate().action(),
        passes,
        Math.min(mine, its) < lowest ? Math.min(mine, its) : Math.max(mine, its),
        highest,
        format(
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
      skip(
          "rankCorrelation",
          championNow.length + " new rows are held out; the gate needs " + FEWEST_ROWS);
      return;
    }
    double now = correlation(candidate.energies(), championNow);
    Optional<Double> before =
        mine.length < FEWEST_ROWS ? Optional.empty() : Optional.of(correlation(mine, its));
    double lower = Math.min(now, before.orElse(now));
    double limit = settings.rankCorrelation().limit();
    verdict(
        "rankCorrelation",
        settings.rankCorrelation().action(),
        lower >= limit,
        lower,
        limit,
        format(
            "energies have a rank correlation of %.3g with the champion's on new rows%s",
            now,
            before.map(kept -> format(", and of %.3g on rows stored with it", kept)).orElse("")));
  }

  /** 0 if either energy is constant, since it ranks nothing. */
  private static double correlation(float[] mine, float[] its) {
    double correlation = RankCorrelation.of(Statistics.ranked(mine), Statistics.ranked(its));
    return Double.isNaN(correlation) ? 0 : correlation;
  }

  private void auroc() {
    GateSettings.AurocGate gate = settings.auroc();
    if (isOut("auroc", gate.action())) {
      return;
    }
    Optional<Placements> mine = candidate.placements();
    Optional<Placements> its = champion.orElseThrow().evaluated().placements();
    if (mine.isEmpty() || its.isEmpty()) {
      skip("auroc", "nothing was ranked");
      return;
    }
    fall(
        "auroc",
        "AUROC of " + anomalies(),
        gate.action(),
        gate.limit(),
        mine.get().area(),
        its.get().area(),
        mine.get().standardErrorOfDifference(its.get()));
  }

  private void averagePrecision() {
    GateSettings.AveragePrecisionGate gate = settings.averagePrecision();
    if (isOut("averagePrecision", gate.action())) {
      return;
    }
    Evaluated before = champion.orElseThrow().evaluated();
    Optional<PrecisionBootstrap> mine = candidate.precision();
    Optional<PrecisionBootstrap> its = before.precision();
    if (mine.isEmpty() || its.isEmpty()) {
      skip("averagePrecision", "nothing was ranked");
      return;
    }
    fall(
        "averagePrecision",
        "average precision of " + anomalies(),
        gate.action(),
        gate.limit(),
        candidate.evaluation().averagePrecision().orElseThrow().value(),
        before.evaluation().averagePrecision().orElseThrow().value(),
        mine.get().standardErrorOfDifference(its.get()));
  }

  private String anomalies() {
    return candidate.evaluation().anomalies().orElse("").equals("label")
        ? "labelled anomalies"
        : "corrupted rows";
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
    verdict(
        name,
        action,
        !(fall > Math.max(limit, noise)),
        fall,
        limit,
        format(
            "%s %.4g, the champion's %.4g: %s by %.3g ± %.2g",
            what, mine, its, fall > 0 ? "lower" : "higher", Math.abs(fall), error));
  }

  private void samples() {
    GateSettings.SamplesGate gate = settings.samples();
    if (isOutOfUnits("samples", gate.action())) {
      return;
    }
    Optional<SampleDistance> mine = sliced(candidate);
    Optional<SampleDistance> its = sliced(champion.orElseThrow().evaluated());
    if (mine.isEmpty()) {
      skip("samples", "no rows were drawn from the candidate");
      return;
    }
    if (its.isEmpty()) {
      skip("samples", "no rows were drawn from the champion");
      return;
    }
    double floor = mine.get().floor().orElse(0.0);
    double mineBeyond = Math.max(0, mine.get().value() - floor);
    // Distances within the noise of a comparison form no meaningful ratio.
    double itsBeyond = Math.max(floor, its.get().value() - floor);
    double ratio = itsBeyond > 0 ? mineBeyond / itsBeyond : 0;
    verdict(
        "samples",
        gate.action(),
        ratio <= gate.limit(),
        ratio,
        gate.limit(),
        format(
            "drawn rows are %.3g from held-out ones, the champion's %.3g, and held-out ones %.3g"
                + " from each other",
            mine.get().value(), its.get().value(), floor));
  }

  private static Optional<SampleDistance> sliced(Evaluated of) {
    return Optional.ofNullable(of.evaluation().distances().get("slicedWasserstein"));
  }

  private void chains() {
    GateSettings.ChainsGate gate = settings.chains();
    if (gate.action() == Action.OFF) {
      skip("chains", "the gate is off");
      return;
    }
    Optional<Double> rHat = candidate.evaluation().chains().flatMap(ChainRecord::rHat);
    if (rHat.isEmpty()) {
      skip("chains", "no chains were run");
      return;
    }
    verdict(
        "chains",
        gate.action(),
        rHat.get() <= gate.limit(),
        rHat.get(),
        gate.limit(),
        format("R-hat of the chains that drew rows is %.4g", rHat.get()));
  }

  private int width() {
    return model.config().features().scale().size();
  }

  private static float[] energies(Model model, float[] rows) {
    try (RowEnergies open = model.open(Device.cpu())) {
      return open.energies(rows);
    }
  }

  /** Whether a gate that needs a champion cannot judge; records why. */
  private boolean isOut(String name, Action action) {
    if (action == Action.OFF) {
      skip(name, "the gate is off");
      return true;
    }
    if (champion.isEmpty()) {
      incomparable.ifPresentOrElse(
          reason -> verdict(name, action, false, Optional.empty(), Optional.empty(), reason),
          () -> skip(name, NO_CHAMPION));
      return true;
    }
    return false;
  }

  /** The same of a gate that needs both models to have the same inputs. */
  private boolean isOutOfUnits(String name, Action action) {
    if (isOut(name, action)) {
      return true;
    }
    if (champion.orElseThrow().sameInputs()) {
      return false;
    }
    skip(name, OTHER_INPUTS);
    return true;
  }

  private void skip(String name, String reason) {
    judgements.add(
        new Judgement(
            name, Optional.empty(), Status.SKIPPED, Optional.empty(), Optional.empty(), reason));
  }

  private void verdict(
      String name, Action action, boolean passes, double value, double limit, String message) {
    verdict(name, action, passes, Optional.of(value), Optional.of(limit), message);
  }

  private void verdict(
      String name,
      Action action,
      boolean passes,
      Optional<Double> value,
      Optional<Double> limit,
      String message) {
    if (action == Action.OFF) {
      skip(name, "the gate is off");
      return;
    }
    Status status = passes ? Status.PASSED : action == Action.WARN ? Status.WARNED : Status.FAILED;
    judgements.add(new Judgement(name, Optional.empty(), status, value, limit, message));
  }

  private static String format(String message, Object... values) {
    return String.format(Locale.ROOT, message, values);
  }
}
