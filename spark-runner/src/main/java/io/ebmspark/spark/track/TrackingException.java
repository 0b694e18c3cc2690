package io.ebmspark.spark.track;

import java.io.IOException;

/** A tracking server that could not be reached, or refused what it was sent. */
final class TrackingException extends IOException {
  private static final long serialVersionUID = 1;

  TrackingException(String message) {
    super(message);
  }

  TrackingException(String message, Throwable cause) {
    super(message, cause);
  }
}
