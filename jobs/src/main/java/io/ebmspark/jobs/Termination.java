package io.ebmspark.jobs;

import java.util.function.Consumer;

/**
 * Turns SIGTERM into a request that training checks between two steps: it leaves a checkpoint, and
 * the process ends. Spark and the file systems are kept open until then, for half a minute at most.
 * Before its first step there is nothing to keep, and {@link Interruption} ends it.
 */
final class Termination implements AutoCloseable {
  /** Before {@link Interruption}. */
  private static final int PRIORITY = 100;

  private static final long PATIENCE_SECONDS = 25;

  private final StopSignal signal;
  private volatile boolean hasBegun;

  private Termination(Consumer<String> notices) {
    this.signal = StopSignal.watch(PRIORITY, PATIENCE_SECONDS + 2, asked -> answer(asked, notices));
  }

  /** Watches for the end of the process. */
  static Termination watch(Consumer<String> notices) {
    return new Termination(notices);
  }

  private void answer(StopSignal asked, Consumer<String> notices) throws InterruptedException {
    if (!hasBegun) {
      return;
    }
    notices.accept("asked to stop: leaving a checkpoint after this step");
    if (!asked.isDoneWithin(PATIENCE_SECONDS)) {
      notices.accept("the step takes too long; the last checkpoint stands");
    }
  }

  /** Whether training is to end here; asked before each step. */
  boolean isAsked() {
    hasBegun = true;
    return signal.isAsked();
  }

  @Override
  public void close() {
    signal.close();
  }
}
