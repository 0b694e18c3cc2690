package io.ebmspark.core.energy;

import io.ebmspark.core.failure.Category;
import io.ebmspark.core.failure.EbmException;

/** An energy that cannot be trained or sampled; the message says in one sentence why. */
public final class UnfitEnergyException extends EbmException {
  private static final long serialVersionUID = 1;

  UnfitEnergyException(String message) {
    super(Category.SETTINGS, message);
  }

  UnfitEnergyException(String message, Throwable cause) {
    super(Category.SETTINGS, message, cause);
  }
}
