package io.ebmspark.spark.data;

import io.ebmspark.core.engine.NativeLibraryException;
import io.ebmspark.core.failure.EbmException;
import io.ebmspark.core.failure.RootCause;
import java.util.Optional;
import java.util.stream.Collectors;
import org.apache.spark.SparkException;

/**
 * What a user is told of a failed task. Spark hands the driver the task's exception as text, inside
 * the message of its own.
 */
public final class TaskFailure {
  /** How Spark begins the message of a failure raised by {@code raise_error}. */
  private static final String RAISED = "[USER_RAISED_EXCEPTION] ";

  private TaskFailure() {}

  /** The failure meant for the user, thrown here or in a task, or raised by an expression there. */
  public static Optional<EbmException> inside(Throwable failure) {
    for (Throwable at = failure; at != null; at = at.getCause()) {
      if (at instanceof EbmException known) {
        return Optional.of(known);
      }
      String message = String.valueOf(at.getMessage());
      Optional<String> unable = after(NativeLibraryException.class.getName() + ": ", message);
      if (unable.isPresent()) {
        return Optional.of(new NativeLibraryException(unable.get(), failure));
      }
      Optional<String> data = after(DataException.class.getName() + ": ", message);
      if (data.isPresent()) {
        return Optional.of(new DataException(data.get(), failure));
      }
      Optional<String> raised = after(RAISED, message);
      if (raised.isPresent()) {
        String text = raised.get();
        int state = text.lastIndexOf(" SQLSTATE:");
        return Optional.of(new DataException(state < 0 ? text : text.substring(0, state), failure));
      }
    }
    return Optional.empty();
  }

  /**
   * Whether Spark itself failed, and nothing that a task did: executors were lost, memory was
   * short, a job was cancelled. A task's own exception is the cause of Spark's.
   */
  public static boolean isOfSpark(Throwable failure) {
    Throwable root = RootCause.of(failure);
    if (root instanceof SparkException spark) {
      String condition = spark.getCondition();
      return condition == null || condition.equals("SPARK_JOB_CANCELLED");
    }
    return root instanceof VirtualMachineError
        || root instanceof InterruptedException
        || String.valueOf(root.getMessage()).contains("stopped SparkContext");
  }

  /** A message of several lines is followed by a trace, each line of which is indented by a tab. */
  private static Optional<String> after(String marker, String message) {
    int start = message.indexOf(marker);
    return start < 0
        ? Optional.empty()
        : Optional.of(
            message
                .substring(start + marker.length())
                .lines()
                .takeWhile(line -> !line.startsWith("\tat ") && !line.isBlank())
                .collect(Collectors.joining("\n")));
  }
}
