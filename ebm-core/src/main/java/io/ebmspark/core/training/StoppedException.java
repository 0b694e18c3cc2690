package io.ebmspark.core.training;

import io.ebmspark.core.failure.Category;
import io.ebmspark.core.failure.EbmException;

/** Training was asked to stop, and did so between two steps; its state is kept. */
public final class StoppedException extends EbmException {
  private static final long serialVersionUID = 1;

  public StoppedException(long step) {
    super(
        Category.STOPPED,
        "stopped as asked after " + step + " steps; the same command goes on from there");
  }
}
