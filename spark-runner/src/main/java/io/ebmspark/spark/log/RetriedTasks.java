package io.ebmspark.spark.log;

import io.ebmspark.core.failure.EbmException;
import io.ebmspark.core.failure.RootCause;
import java.util.Optional;
import org.apache.spark.ExceptionFailure;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reports each task that failed and is retried, in one line: results do not show it. What a user
 * has to fix fails every time, and is what the run ends with.
 */
final class RetriedTasks extends SparkListener {
  private static final Logger LOG = LoggerFactory.getLogger(RetriedTasks.class);

  private final int maxFailures;

  RetriedTasks(int maxFailures) {
    this.maxFailures = maxFailures;
  }

  @Override
  public void onTaskEnd(SparkListenerTaskEnd end) {
    if (end.reason() instanceof ExceptionFailure failure
        && end.taskInfo().attemptNumber() + 1 < maxFailures
        && !isForTheUser(failure)) {
      LOG.warn(
          "task {} of stage {} failed on {} and is retried: {}",
          end.taskInfo().index(),
          end.stageId(),
          end.taskInfo().host(),
          root(failure)
              .map(Throwable::toString)
              .orElse(failure.description())
              .lines()
              .findFirst()
              .orElse(""));
    }
  }

  /** Spark wraps what went wrong in sentences that do not say it. */
  private static Optional<Throwable> root(ExceptionFailure failure) {
    return failure.exception().isDefined()
        ? Optional.of(RootCause.of(failure.exception().get()))
        : Optional.empty();
  }

  private static boolean isForTheUser(ExceptionFailure failure) {
    return failure.exception().isDefined()
        && RootCause.chain(failure.exception().get()).anyMatch(EbmException.class::isInstance);
  }
}
