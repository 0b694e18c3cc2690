package io.ebmspark.spark.store;

import io.ebmspark.core.failure.Category;
import io.ebmspark.core.failure.EbmException;

/** A path that cannot be used as it is written; the message says why and what to change. */
public final class PathException extends EbmException {
  private static final long serialVersionUID = 1;

  PathException(String message) {
    super(Category.SETTINGS, message);
  }

  PathException(String message, Throwable cause) {
    super(Category.SETTINGS, message, cause);
  }
}
