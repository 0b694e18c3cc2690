package io.ebmspark.jobs;

import io.ebmspark.core.training.StoppedException;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.apache.hadoop.util.ShutdownHookManager;

/**
 * Lets a command that a signal ends say so, and write its record: Spark's jobs are cancelled, and
 * Spark and the file systems are kept open until it has, for some seconds at most. If it takes
 * longer, since a task does not look up from its work, the record is written in its stead.
 */
final class Interruption implements AutoCloseable {
  /** After that of {@link Termination}, which lets training leave a checkpoint. */
  private static final int PRIORITY = 90;

  private static final long PATIENCE_SECONDS = 10;

  private static final long WRITING_SECONDS = 10;

  private final Consumer<StoppedException> atLast;
  private final CountDownLatch done = new CountDownLatch(1);
  private final Runnable hook = this::ask;
  private volatile boolean asked;
  private volatile boolean tooLate;

  private Interruption(Consumer<StoppedException> atLast) {
    this.atLast = atLast;
  }

  /**
   * Watches for the end of the process.
   *
   * @param atLast records that the command was stopped, where it does not come to it itself
   */
  static Interruption watch(Consumer<StoppedException> atLast) {
    Interruption interruption = new Interruption(atLast);
    long most = PATIENCE_SECONDS + WRITING_SECONDS;
    ShutdownHookManager.get().addShutdownHook(interruption.hook, PRIORITY, most, TimeUnit.SECONDS);
    return interruption;
  }

  private void ask() {
    asked = true;
    try {
      boolean ended = false;
      for (int i = 0; i < PATIENCE_SECONDS && !ended; i++) {
        Sessions.cancelJobs(); // again: the command may just have been about to start one
        ended = done.await(1, TimeUnit.SECONDS);
      }
      if (!ended) {
        tooLate = true;
        atLast.accept(new StoppedException(new TimeoutException("a task is still at work")));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** What a failure comes from, if it is that the process has been asked to end. */
  Optional<StoppedException> explain(Throwable failure) {
    return asked && ExitCode.of(failure) != ExitCode.STOPPED
        ? Optional.of(new StoppedException(failure))
        : Optional.empty();
  }

  /** Whether the record is written already, and the file systems are about to be closed. */
  boolean isTooLate() {
    return tooLate;
  }

  @Override
  public void close() {
    done.countDown();
    if (!asked) {
      ShutdownHookManager.get().removeShutdownHook(hook);
    }
  }
}
