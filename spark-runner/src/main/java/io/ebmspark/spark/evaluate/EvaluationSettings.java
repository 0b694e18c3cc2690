package io.ebmspark.spark.evaluate;

import io.ebmspark.core.objective.Objective;
import io.ebmspark.core.settings.Check;
import io.ebmspark.core.settings.Setting;
import java.util.List;
import java.util.Optional;

/** What to evaluate, and how thoroughly. */
public record EvaluationSettings(
    @Setting(
            value =
                "what to compute besides energies: objective (held-out loss), ranking (AUROC and"
                    + " average precision), samples (distances and chains), likelihood (bounds;"
                    + " also draws rows)",
            defaultsTo = "[objective, ranking, samples, likelihood]",
            orSingle = true)
        List<Part> parts,
    @Setting(value = "most rows to evaluate on, per label", defaultsTo = "20000") int rows,
    @Setting(
            "objective to measure; the model's own if absent. Objectives that run chains cannot"
                + " measure a single model; give another for those, such as {kind:"
                + " denoising-score-matching, noise: 0.3}")
        Optional<Objective> objective,
    @Setting(
            value = "false-positive rate of the threshold used for the alert rate",
            defaultsTo = "0.01")
        double falsePositiveRate,
    @Setting(value = "most rows to draw, and to compare with as many", defaultsTo = "1000")
        int sampleRows,
    @Setting(value = "widest rows for which samples are drawn", defaultsTo = "256")
        int widestSampled,
    @Setting(value = "number of chains of annealed importance sampling", defaultsTo = "200")
        int chains,
    @Setting(
            value = "number of steps of its path: the more, the tighter the bounds",
            defaultsTo = "400")
        int distributions,
    @Setting(value = "widest rows for which the likelihood is bounded", defaultsTo = "64")
        int widestLikelihood,
    @Setting(value = "seed of corrupted rows, drawn rows and bootstraps", defaultsTo = "0")
        long seed) {
  private static final int MOST_ROWS = 100_000;
  private static final int MOST_SAMPLES = 10_000;

  /** A part of an evaluation. */
  public enum Part {
    /** The training objective on held-out rows. */
    OBJECTIVE,
    /** How well energies separate anomalies from usual rows. */
    RANKING,
    /** How far drawn rows are from held-out ones, and how their chains behaved. */
    SAMPLES,
    /** Bounds on the log-likelihood. */
    LIKELIHOOD
  }

  public EvaluationSettings {
    Check.between("rows", rows, 2, MOST_ROWS);
    Check.that(
        falsePositiveRate > 0 && falsePositiveRate < 1,
        "falsePositiveRate",
        "must be between 0 and 1, got " + falsePositiveRate);
    Check.between("sampleRows", sampleRows, 4, MOST_SAMPLES);
    Check.notNegative("widestSampled", widestSampled);
    Check.between("chains", chains, 10, MOST_SAMPLES);
    Check.positive("distributions", distributions);
    Check.notNegative("widestLikelihood", widestLikelihood);
    parts = List.copyOf(parts);
  }

  /** The same with one part at most: this one, if it was asked for. */
  public EvaluationSettings only(Part part) {
    return new EvaluationSettings(
        has(part) ? List.of(part) : List.of(),
        rows,
        objective,
        falsePositiveRate,
        sampleRows,
        widestSampled,
        chains,
        distributions,
        widestLikelihood,
        seed);
  }

  /** Whether to compute a part. */
  public boolean has(Part part) {
    return parts.contains(part);
  }
}
