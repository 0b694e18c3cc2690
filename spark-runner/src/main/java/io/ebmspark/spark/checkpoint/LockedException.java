package io.ebmspark.spark.checkpoint;

/** Another run holds the output folder. */
public final class LockedException extends RuntimeException {
  private static final long serialVersionUID = 1;

  LockedException(String message) {
    super(message);
  }
}
