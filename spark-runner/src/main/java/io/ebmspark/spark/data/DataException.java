package io.ebmspark.spark.data;

import java.util.Optional;

/** Data that cannot be used; the message says what, where, and what to change. */
public final class DataException extends RuntimeException {
  private static final long serialVersionUID = 1;

  public DataException(String message) {
    super(message);
  }

  public DataException(String message, Throwable cause) {
    super(message, cause);
  }

  /**
   * What was thrown in a task. Spark hands the driver a failed task's exception as text, inside the
   * message of its own.
   */
  public static Optional<DataException> inside(Throwable failure) {
    String marker = DataException.class.getName() + ": ";
    for (Throwable at = failure; at != null; at = at.getCause()) {
      if (at instanceof DataException known) {
        return Optional.of(known);
      }
      String message = String.valueOf(at.getMessage());
      int start = message.indexOf(marker);
      if (start >= 0) {
        String text = message.substring(start + marker.length());
        return Optional.of(new DataException(text.lines().findFirst().orElse(text), failure));
      }
    }
    return Optional.empty();
  }
}
