package io.ebmspark.jobs;

import io.ebmspark.core.training.StoppedException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.hadoop.util.ShutdownHookManager;

/**
 * Holds up the end of the process while some work goes on: what is to be done when a signal asks
 * for that end, before Spark and the file systems close. It is taken away when the work is done.
 */
final class StopSignal implements AutoCloseable {
  private final CountDownLatch done = new CountDownLatch(1);
  private final Runnable hook;
  private volatile boolean asked;

  /** What is done about a signal; the process goes on to its end when it returns. */
  @FunctionalInterface
  interface Answer {
    void to(StopSignal signal) throws InterruptedException;
  }

  private StopSignal(Answer answer) {
    this.hook =
        () -> {
          asked = true;
          try {
            answer.to(this);
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        };
  }

  /**
   * Watches for the end of the process.
   *
   * @param priority answers of higher ones are given first; Spark's own hook has 40, the closing of
   *     file systems 10
   * @param mostSeconds that an answer may take
   * @throws StoppedException if the process is ending already
   */
  static StopSignal watch(int priority, long mostSeconds, Answer answer) {
    StopSignal signal = new StopSignal(answer);
    try {
      ShutdownHookManager.get()
          .addShutdownHook(signal.hook, priority, mostSeconds, TimeUnit.SECONDS);
    } catch (IllegalStateException e) {
      throw new StoppedException(e);
    }
    return signal;
  }

  /** Whether the process has been asked to end. */
  boolean isAsked() {
    return asked;
  }

  /** Waits for the work to be done; returns whether it is. */
  boolean isDoneWithin(long seconds) throws InterruptedException {
    return done.await(seconds, TimeUnit.SECONDS);
  }

  /** The work is done. */
  @Override
  public void close() {
    done.countDown();
    try {
      ShutdownHookManager.get().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // The process is ending, and this is no longer waited for.
    }
  }
}
