package io.ebmspark.jobs;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.apache.hadoop.util.ShutdownHookManager;

/**
 * Turns SIGTERM into a request that training checks between two steps: it leaves a checkpoint, and
 * the process ends. Spark and the file systems are kept open until then, for half a minute at most.
 */
final class Termination implements AutoCloseable {
  /** Before Spark's own hook (40) and the closing of file systems (10). */
  private static final int PRIORITY = 100;

  private static final long PATIENCE_SECONDS = 25;

  private final Consumer<String> notices;
  private final CountDownLatch done = new CountDownLatch(1);
  private final Runnable hook = this::ask;
  private volatile boolean asked;

  private Termination(Consumer<String> notices) {
    this.notices = notices;
  }

  /** Watches for the end of the process. */
  static Termination watch(Consumer<String> notices) {
    Termination termination = new Termination(notices);
    ShutdownHookManager.get()
        .addShutdownHook(termination.hook, PRIORITY, PATIENCE_SECONDS + 2, TimeUnit.SECONDS);
    return termination;
  }

  private void ask() {
    notices.accept("asked to stop: leaving a checkpoint after this step");
    asked = true;
    try {
      if (!done.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        notices.accept("the step takes too long; the last checkpoint stands");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Whether the process has been asked to end. */
  boolean isAsked() {
    return asked;
  }

  @Override
  public void close() {
    done.countDown();
    if (!asked) {
      ShutdownHookManager.get().removeShutdownHook(hook);
    }
  }
}
