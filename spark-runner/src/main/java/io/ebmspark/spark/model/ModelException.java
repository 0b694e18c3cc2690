package io.ebmspark.spark.model;

/** A model folder that cannot be read or written; the message says why and what to do. */
public final class ModelException extends RuntimeException {
  private static final long serialVersionUID = 1;

  public ModelException(String message) {
    super(message);
  }

  public ModelException(String message, Throwable cause) {
    super(message, cause);
  }
}
