package io.ebmspark.spark.data;

import io.ebmspark.core.failure.Category;
import io.ebmspark.core.failure.EbmException;
import java.util.List;

/**
 * A table that cannot be trained on or scored as it is; the message says what is wrong, which
 * value, and what to change.
 */
public final class DataException extends EbmException {
  private static final long serialVersionUID = 1;

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
