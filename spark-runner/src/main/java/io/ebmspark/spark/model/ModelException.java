package io.ebmspark.spark.model;

import io.ebmspark.core.failure.Category;
import io.ebmspark.core.failure.EbmException;

/** A model folder that cannot be read or written; the message says why and what to do. */
public final class ModelException extends EbmException {
  private static final long serialVersionUID = 1;

  public ModelException(String message) {
    super(Category.SETTINGS, message);
  }

  public ModelException(String message, Throwable cause) {
    super(Category.SETTINGS, message, cause);
  }
}
