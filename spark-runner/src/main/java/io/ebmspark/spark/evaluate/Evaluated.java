package io.ebmspark.spark.evaluate;

import io.ebmspark.core.evaluation.Placements;
import io.ebmspark.core.evaluation.PrecisionBootstrap;
import io.ebmspark.spark.record.Evaluation;
import java.util.List;
import java.util.Optional;

/**
 * An evaluation with the per-row values behind it, so that two evaluations on the same rows can be
 * compared row by row.
 *
 * @param evaluation the summary
 * @param energies of the usual rows under the model, not all necessarily finite
 * @param losses of the usual rows; empty if the objective cannot be evaluated on its own
 * @param placements of anomalies, or of corrupted rows, among usual ones
 * @param precision bootstrap of the average precision on the same rows
 * @param drawn rows drawn from the model, packed, in the evaluated rows' units; empty if none were
 *     asked for
 * @param notices what could not be computed, and why
 */
public record Evaluated(
    Evaluation evaluation,
    float[] energies,
    double[] losses,
    Optional<Placements> placements,
    Optional<PrecisionBootstrap> precision,
    float[] drawn,
    List<String> notices) {
  public Evaluated {
    notices = List.copyOf(notices);
  }
}
