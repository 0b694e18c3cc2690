package io.ebmspark.jobs;

import io.ebmspark.core.failure.Category;
import io.ebmspark.core.failure.EbmException;
import io.ebmspark.core.failure.RootCause;
import io.ebmspark.spark.data.TaskFailure;
import io.ebmspark.spark.record.Outcome;
import java.util.Optional;

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
    return RootCause.describe(failure) + " (--stacktrace shows more)";
  }
}
