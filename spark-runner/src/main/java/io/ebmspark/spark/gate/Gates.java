package io.ebmspark.spark.gate;

import io.ebmspark.spark.evaluate.Evaluated;
import io.ebmspark.spark.evaluate.Statistics;
import io.ebmspark.spark.model.Model;
import io.ebmspark.spark.record.Action;
import io.ebmspark.spark.record.ChainRecord;
import io.ebmspark.spark.record.Judgement;
import io.ebmspark.spark.record.Measured;
import io.ebmspark.spark.record.SampleDistance;
import io.ebmspark.spark.record.Status;
import java.util.List;
import java.util.Optional;

/**
 * Judges a candidate against the champion it is to replace, from measurements of both on the new
 * held-out rows and from energies of the rows stored with the champion when it was trained.
 */
public final class Gates {
  private final GateSettings settings;
  private final double falsePositiveRate;
  private final Model model;
  private final Evaluated candidate;
  private final Optional<Champion> champion;
  private final Verdicts verdicts;

  /**
   * The champion.
   *
   * @param model may have other units than the candidate, but not other features
   * @param evaluated on the same rows as the candidate, with the same yardstick
   * @param kept rows held out when the champion was trained, packed in its units; empty if none
   *     were stored, or the candidate cannot read them
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
    this.verdicts = new Verdicts(champion, incomparable);
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
    new KeptRowGates(settings, falsePositiveRate, model, candidate, champion, verdicts).judge();
    new RankingGates(settings, candidate, champion, verdicts).judge();
    samples();
    chains();
    return verdicts.all();
  }

  private void finite() {
    int weights = 0;
    for (float weight : model.parameters()) {
      weights += Float.isFinite(weight) ? 0 : 1;
    }
    int energies = candidate.energies().length - Statistics.finite(candidate.energies()).length;
    verdicts.verdict(
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
    if (verdicts.isOutOfUnits("objective", gate.action())) {
      return;
    }
    Evaluated before = champion.orElseThrow().evaluated();
    double[] mine = candidate.losses();
    double[] its = before.losses();
    if (its.length == 0 && mine.length == 0) {
      verdicts.skip(
          "objective", "the objective cannot measure a single model; set evaluation.objective");
      return;
    }
    if (mine.length != its.length) {
      // The loss is finite for one of them only.
      boolean fails = mine.length == 0;
      verdicts.verdict(
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
    double noise = settings.deviations() * worse.standardError().orElse(0.0);
    // A champion no better than before training has no gain to lose a share of.
    double lost = gain > 0 ? worse.value() / gain : worse.value() > noise ? 1 : 0;
    double limit = gain > 0 ? Math.max(gate.limit(), noise / gain) : gate.limit();
    verdicts.verdict(
        "objective",
        gate.action(),
        !(lost > limit),
        lost,
        limit,
        Verdicts.format(
            "held-out loss %.4g, the champion's %.4g: %s by %.3g ± %.2g per row, %.3g of the"
                + " champion's gain in training",
            championLoss + worse.value(),
            championLoss,
            worse.value() > 0 ? "worse" : "better",
            Math.abs(worse.value()),
            worse.standardError().orElse(Double.NaN),
            Math.abs(lost)));
  }

  private void samples() {
    GateSettings.SamplesGate gate = settings.samples();
    if (verdicts.isOutOfUnits("samples", gate.action())) {
      return;
    }
    Optional<SampleDistance> mine = sliced(candidate);
    Optional<SampleDistance> its = sliced(champion.orElseThrow().evaluated());
    if (mine.isEmpty()) {
      verdicts.skip("samples", "no rows were drawn from the candidate");
      return;
    }
    if (its.isEmpty()) {
      verdicts.skip("samples", "no rows were drawn from the champion");
      return;
    }
    double floor = mine.get().floor().orElse(0.0);
    double mineBeyond = Math.max(0, mine.get().value() - floor);
    // Distances within the noise of a comparison form no meaningful ratio.
    double itsBeyond = Math.max(floor, its.get().value() - floor);
    double ratio = itsBeyond > 0 ? mineBeyond / itsBeyond : 0;
    verdicts.verdict(
        "samples",
        gate.action(),
        ratio <= gate.limit(),
        ratio,
        gate.limit(),
        Verdicts.format(
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
      verdicts.skip("chains", "the gate is off");
      return;
    }
    Optional<ChainRecord> chains = candidate.evaluation().chains();
    Optional<Double> rHat = chains.flatMap(ChainRecord::rHat);
    if (rHat.isEmpty()) {
      verdicts.skip(
          "chains",
          chains.isEmpty()
              ? "no chains were run"
              : "the chains have no R-hat: they came down through noise levels, stood still, or took"
                  + " too few steps");
      return;
    }
    verdicts.verdict(
        "chains",
        gate.action(),
        rHat.get() <= gate.limit(),
        rHat.get(),
        gate.limit(),
        Verdicts.format("R-hat of the chains that drew rows is %.4g", rHat.get()));
  }
}
