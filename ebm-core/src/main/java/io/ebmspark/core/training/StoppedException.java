package io.ebmspark.core.training;

import io.ebmspark.core.failure.Category;
import io.ebmspark.core.failure.EbmException;

/** The process was asked to stop. */
public final class StoppedException extends EbmException {
  private static final long serialVersionUID = 1;

  /** Something was, that cannot go on from where it was. */
  public StoppedException(Throwable cause) {
    super(Category.STOPPED, "stopped on request; the same command begins anew", cause);
  }

  /** Training was, and did so between two steps; its state has been saved. */
  public StoppedException(long step) {
    super(
        Category.STOPPED,
        "stopped on request after " + step + " steps; the same command continues from there");
  }
}
