package io.ebmspark.jobs;

import io.ebmspark.core.training.StoppedException;
import java.util.Optional;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/**
 * Lets a command that a signal ends say so, and write its record: Spark's jobs are cancelled, and
 * Spark and the file systems are kept open until it has, for some seconds at most. If it takes
 * longer, since a task does not look up from its work, the record is written in its stead.
 */
final class Interruption implements AutoCloseable {
  /** After {@link Termination}, which lets training leave a checkpoint. */
  private static final int PRIORITY = 90;

  private static final long PATIENCE_SECONDS = 10;

  private static final long WRITING_SECONDS = 10;

  private final StopSignal signal;
  private volatile boolean tooLate;

  private Interruption(Consumer<StoppedException> atLast) {
    this.signal =
        StopSignal.watch(
            PRIORITY, PATIENCE_SECONDS + WRITING_SECONDS, asked -> answer(asked, atLast));
  }

  /**
   * Watches for the end of the process.
   *
   * @param atLast records that the command was stopped, where it does not come to it itself
   * @throws StoppedException if the process is ending already
   */
  static Interruption watch(Consumer<StoppedException> atLast) {
    return new Interruption(atLast);
  }

  private void answer(StopSignal asked, Consumer<StoppedException> atLast)
      throws InterruptedException {
    boolean ended = false;
    for (int i = 0; i < PATIENCE_SECONDS && !ended; i++) {
      Sessions.cancelJobs(); // again: the command may just have been about to start one
      ended = asked.isDoneWithin(1);
    }
    if (!ended) {
      tooLate = true;
      atLast.accept(new StoppedException(new TimeoutException("a task is still at work")));
    }
  }

  /** What a failure comes from, if it is that the process has been asked to end. */
  Optional<StoppedException> explain(Throwable failure) {
    return signal.isAsked() && ExitCode.of(failure) != ExitCode.STOPPED
        ? Optional.of(new StoppedException(failure))
        : Optional.empty();
  }

  /** Whether the record is written already, and the file systems are about to be closed. */
  boolean isTooLate() {
    return tooLate;
  }

  @Override
  public void close() {
    signal.close();
  }
}
