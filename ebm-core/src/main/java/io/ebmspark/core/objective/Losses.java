package io.ebmspark.core.objective;

import io.ebmspark.core.engine.Tensor;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What an objective returns for a batch.
 *
 * @param perRow (batch) the loss of each row, differentiable in the weights
 * @param report named values of each row, (batch) each, to be averaged and shown
 * @param chainEnds (batch, …shape) where the chains ended; null where no chain ran
 */
public record Losses(Tensor perRow, Map<String, Tensor> report, @Nullable Tensor chainEnds) {
  /** The name in reports for the energy of the data. */
  public static final String DATA_ENERGY = "data_energy";

  /** The name in reports for the energy of the samples. */
  public static final String SAMPLE_ENERGY = "sample_energy";

  /** The name in reports for the Euclidean norm of the chains' end points, in model units. */
  public static final String CHAIN_NORM = "chain_norm";
}
