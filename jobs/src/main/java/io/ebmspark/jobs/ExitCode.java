package io.ebmspark.jobs;

import io.ebmspark.core.failure.Category;
import io.ebmspark.core.failure.EbmException;
import io.ebmspark.core.failure.RootCause;
import io.ebmspark.spark.data.TaskFailure;
import io.ebmspark.spark.record.Outcome;
import java.util.Optional;
import java.util.regex.Pattern;

/** The exit code of a job that fails; {@link Outcome#exitCode} has those of the others. */
enum ExitCode {
  DONE(0),
  FAILED(1),
  BAD_SETTINGS(2),
  BAD_DATA(3),
  DIVERGED(4),
  HELD(5),
  /** {@code EX_TEMPFAIL} of {@code sysexits.h}: the same command may well succeed later. */
  STORAGE(75),
  STOPPED(143);

  /** Where a task was lost, as Spark says it; in one process, the driver is the executor. */
  private static final Pattern ON_AN_EXECUTOR =
      Pattern.compile("Lost task .* executor (?!driver\\b)\\w+\\)");

  private final int code;

  ExitCode(int code) {
    this.code = code;
  }

  int code() {
    return code;
  }

  /** The code for a failure. */
  static ExitCode of(Throwable failure) {
    return TaskFailure.inside(failure).map(known -> of(known.category())).orElse(FAILED);
  }

  private static ExitCode of(Category category) {
    return switch (category) {
      case SETTINGS -> BAD_SETTINGS;
      case DATA -> BAD_DATA;
      case DIVERGENCE -> DIVERGED;
      case STORAGE -> STORAGE;
      case HELD -> HELD;
      case STOPPED -> STOPPED;
      case INTERNAL -> FAILED;
    };
  }

  /** What to tell the user, in as few lines as possible. */
  static String message(Throwable failure) {
    Optional<EbmException> known = TaskFailure.inside(failure);
    if (known.isPresent()) {
      return String.valueOf(known.get().getMessage());
    }
    String said = RootCause.describe(failure);
    return said + advice(said, failure) + " (--stacktrace shows more)";
  }

  /** Of memory that is short, Java and Spark say what came of it, and not what to set. */
  private static String advice(String said, Throwable failure) {
    if (said.contains("Java heap space") || said.contains("GC overhead limit exceeded")) {
      return isOfAnExecutor(failure)
          ? "; set spark.executor.memory higher"
          : "; set spark.driver.memory higher, as in EBM_SUBMIT='--driver-memory 8g'";
    }
    // An executor that ends rejects the tasks that still come.
    if (said.contains("ExecutorLostFailure") || said.contains("Executor$TaskRunner")) {
      return "; if its memory was short, set spark.executor.memory higher for its heap, or"
          + " spark.executor.memoryOverhead for its native memory";
    }
    if (said.contains("stopped SparkContext")) {
      return "; the cluster has ended the application, or spark.master cannot be reached: Spark's"
          + " lines before this one say which";
    }
    return "";
  }

  private static boolean isOfAnExecutor(Throwable failure) {
    return RootCause.chain(failure)
        .anyMatch(at -> ON_AN_EXECUTOR.matcher(String.valueOf(at.getMessage())).find());
  }
}
