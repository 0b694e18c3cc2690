package io.ebmspark.core.energy;

/** An energy that cannot be trained or sampled; the message says in one sentence why. */
public final class UnfitEnergyException extends RuntimeException {
  private static final long serialVersionUID = 1;

  UnfitEnergyException(String message) {
    super(message);
  }

  UnfitEnergyException(String message, Throwable cause) {
    super(message, cause);
  }
}
