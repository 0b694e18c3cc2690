package io.ebmspark.spark.checkpoint;

import org.jspecify.annotations.Nullable;

/** Another run holds the output folder. */
public final class LockedException extends RuntimeException {
  private static final long serialVersionUID = 1;

  LockedException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
