package io.ebmspark.spark.evaluate;

import io.ebmspark.core.evaluation.Placements;
import io.ebmspark.core.evaluation.PrecisionBootstrap;
import io.ebmspark.spark.record.Evaluation;
import java.util.List;
import java.util.Optional;

/**
 * An evaluation with what it was made of, row by row, so that two of the same rows can be compared
 * in pairs.
 *
 * @param evaluation its numbers
 * @param energies of the usual rows, as the model gives them
 * @param losses of the usual rows; none where the objective says nothing by itself
 * @param placements of anomalies, or corrupted rows, among usual ones
 * @param precision bootstrap of the same rows' average precision
 * @param drawn rows drawn from the model, packed, in the evaluated rows' units; none if not wanted
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
