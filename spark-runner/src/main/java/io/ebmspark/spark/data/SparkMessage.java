package io.ebmspark.spark.data;

import io.ebmspark.core.failure.FirstLine;
import io.ebmspark.core.failure.RootCause;

/** What Spark says about a failure, in one line and without its codes. */
public final class SparkMessage {
  /** How the trace of a Python function begins, which ends with what was wrong. */
  private static final String PYTHON = "Traceback (most recent call last):";

  private SparkMessage() {}

  /** The line that says what was wrong. */
  public static String of(Throwable failure) {
    // Spark takes a file that may not be read for one that is not there.
    String root = FirstLine.of(RootCause.of(failure));
    if (root.contains("Permission denied")) {
      return root;
    }
    String message =
        failure.getMessage() == null ? failure.toString() : failure.getMessage().strip();
    if (message.startsWith(PYTHON)) {
      return message.substring(message.lastIndexOf('\n') + 1);
    }
    // For a failed job, Spark prints the whole trace; its last cause says what was wrong.
    int cause = message.lastIndexOf("Caused by: ");
    if (cause >= 0) {
      message = message.substring(cause).replaceFirst("Caused by: [\\w.$]+: ", "");
    }
    String line = FirstLine.of(message);
    int state = line.indexOf(" SQLSTATE:");
    return state < 0 ? line : line.substring(0, state);
  }
}
