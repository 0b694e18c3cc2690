package io.ebmspark.core.training;

import io.ebmspark.core.failure.Category;
import io.ebmspark.core.failure.EbmException;

/** Training was asked to stop, and did so between two steps; its state has been saved. */
public final class StoppedException extends EbmException {
  private static final long serialVersionUID = 1;

  public StoppedException(long step) {
    super(
        Category.STOPPED,
        "stopped on request after " + step + " steps; the same command continues from there");
  }
}
