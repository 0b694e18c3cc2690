package io.ebmspark.spark.store;

import io.ebmspark.core.failure.Category;
import io.ebmspark.core.failure.EbmException;

/** Another run holds the output folder. */
public final class LockedException extends EbmException {
  private static final long serialVersionUID = 1;

  LockedException(String message) {
    super(Category.HELD, message);
  }
}
