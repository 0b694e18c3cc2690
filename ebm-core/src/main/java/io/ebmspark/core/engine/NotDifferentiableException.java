package io.ebmspark.core.engine;

import io.ebmspark.core.failure.Category;
import io.ebmspark.core.failure.EbmException;

/** A gradient was requested where no differentiable path leads from the inputs to the output. */
public final class NotDifferentiableException extends EbmException {
  private static final long serialVersionUID = 1;

  NotDifferentiableException(String message) {
    super(Category.SETTINGS, message);
  }
}
