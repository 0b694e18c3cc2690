package io.ebmspark.core.engine;

import io.ebmspark.core.failure.Category;
import io.ebmspark.core.failure.EbmException;

/** An operation of a module from PyTorch has no further derivative in libtorch. */
public final class NoDerivativeException extends EbmException {
  private static final long serialVersionUID = 1;

  NoDerivativeException(String operation) {
    super(
        Category.SETTINGS,
        "the energy uses an operation that libtorch cannot differentiate once more, "
            + operation
            + ", as an objective that matches scores needs: write it in elementary operations, such"
            + " as attention as softmax(q·kᵀ)·v, or take an objective that compares energies, such"
            + " as energy-discrepancy or contrastive-divergence");
  }
}
