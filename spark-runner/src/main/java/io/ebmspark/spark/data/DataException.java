package io.ebmspark.spark.data;

import io.ebmspark.core.failure.Category;
import io.ebmspark.core.failure.EbmException;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * A table that cannot be trained on or scored as it is; the message says what is wrong, which
 * value, and what to change.
 */
public final class DataException extends EbmException {
  private static final long serialVersionUID = 1;

  /** How Spark begins the message of a failure raised by {@code raise_error}. */
  private static final String RAISED = "[USER_RAISED_EXCEPTION] ";

  private final transient List<String> problems;

  public DataException(String problem) {
    super(Category.DATA, problem);
    this.problems = List.of(problem);
  }

  public DataException(String problem, Throwable cause) {
    super(Category.DATA, problem, cause);
    this.problems = List.of(problem);
  }

  private DataException(List<String> problems) {
    super(Category.DATA, message(problems));
    this.problems = List.copyOf(problems);
  }

  /** Throws all problems at once, so that one run shows everything that needs fixing. */
  public static void throwIfAny(List<String> problems) {
    if (!problems.isEmpty()) {
      throw new DataException(problems);
    }
  }

  /**
   * A failure thrown in a task, or raised by an expression there. Spark hands the driver a failed
   * task's exception as text, inside the message of its own exception.
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
        String text = untilTrace(message.substring(start + marker.length()));
        return Optional.of(new DataException(text, failure));
      }
      int raised = message.indexOf(RAISED);
      if (raised >= 0) {
        String text = untilTrace(message.substring(raised + RAISED.length()));
        int state = text.lastIndexOf(" SQLSTATE:");
        return Optional.of(new DataException(state < 0 ? text : text.substring(0, state), failure));
      }
    }
    return Optional.empty();
  }

  /** A message of several lines is followed by a trace, each line of which is indented by a tab. */
  private static String untilTrace(String text) {
    return text.lines()
        .takeWhile(line -> !line.startsWith("\tat ") && !line.isBlank())
        .collect(Collectors.joining("\n"));
  }

  /** The problems, one sentence each. */
  public List<String> problems() {
    return problems;
  }

  private static String message(List<String> problems) {
    if (problems.size() == 1) {
      return problems.get(0);
    }
    return problems.size() + " problems with the data:\n  - " + String.join("\n  - ", problems);
  }
}
