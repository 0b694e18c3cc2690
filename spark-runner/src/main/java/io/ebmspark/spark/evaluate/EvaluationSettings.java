package io.ebmspark.spark.evaluate;

import io.ebmspark.core.objective.Objective;
import io.ebmspark.core.settings.Check;
import io.ebmspark.core.settings.Setting;
import java.util.List;
import java.util.Optional;

/** What is evaluated, and how thoroughly. */
public record EvaluationSettings(
    @Setting(
            value =
                "what is computed beside energies: objective (held-out loss), ranking (AUROC and"
                    + " average precision), samples (distances and chains), likelihood (bounds; draws"
                    + " rows too)",
            defaultsTo = "[objective, ranking, samples, likelihood]",
            orSingle = true)
        List<Part> parts,
    @Setting(value = "most rows evaluated on, of each label", defaultsTo = "20000") int rows,
    @Setting(
            "objective that is measured; the model's own if absent. Objectives that run chains say"
                + " nothing of a model by itself: give another for those, as in {kind:"
                + " denoising-score-matching, noise: 0.3}")
        Optional<Objective> objective,
    @Setting(
            value = "false-positive rate of the threshold that the alert rate is of",
            defaultsTo = "0.01")
        double falsePositiveRate,
    @Setting(value = "most rows drawn, and compared with as many", defaultsTo = "1000")
        int sampleRows,
    @Setting(value = "longest rows of which samples are drawn", defaultsTo = "256")
        int widestSampled,
    @Setting(value = "chains of annealed importance sampling", defaultsTo = "200") int chains,
    @Setting(value = "steps of its path: the more, the nearer the bounds", defaultsTo = "400")
        int distributions,
    @Setting(value = "longest rows of which the likelihood is bounded", defaultsTo = "64")
        int widestLikelihood,
    @Setting(value = "seed of corrupted rows, drawn rows and bootstraps", defaultsTo = "0")
        long seed) {
  private static final int MOST_ROWS = 100_000;
  private static final int MOST_SAMPLES = 10_000;

  /** Something that is computed. */
  public enum Part {
    /** The training objective on held-out rows. */
    OBJECTIVE,
    /** How well energies tell anomalies from usual rows. */
    RANKING,
    /** How far drawn rows are from held-out ones, and how their chains went. */
    SAMPLES,
    /** Bounds of the log-likelihood. */
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

  /** Whether a part is wanted. */
  public boolean has(Part part) {
    return parts.contains(part);
  }
}
