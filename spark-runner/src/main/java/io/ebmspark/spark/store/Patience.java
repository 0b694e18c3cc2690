package io.ebmspark.spark.store;

import io.ebmspark.core.failure.FirstLine;
import java.io.IOException;
import java.time.Duration;
import java.util.function.Consumer;

/**
 * Waits out a file system that is unreachable or full: retries, less and less often, for a while.
 *
 * @param limit how long it waits in total
 * @param notices receives a notice of every wait
 */
public record Patience(Duration limit, Consumer<String> notices) {
  private static final long FIRST_WAIT_MILLIS = 500;
  private static final long LONGEST_WAIT_MILLIS = 30_000;

  /** Work on a file system; either exception means that it is unreachable. */
  @FunctionalInterface
  public interface Work<T> {
    T run() throws IOException;
  }

  /**
   * Does some work that may be repeated.
   *
   * @param what it is, for the notices
   * @throws IOException the last failure, when patience ends
   */
  public <T> T insist(String what, Work<T> work) throws IOException {
    long end = System.nanoTime() + limit.toNanos();
    long wait = FIRST_WAIT_MILLIS;
    while (true) {
      try {
        return work.run();
      } catch (IOException | StorageException e) {
        if (System.nanoTime() + wait * 1_000_000 > end) {
          throw e;
        }
        notices.accept(what + " failed, trying again in " + wait + " ms: " + FirstLine.of(e));
      }
      try {
        Thread.sleep(wait);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IOException("interrupted while waiting for the file system", e);
      }
      wait = Math.min(2 * wait, LONGEST_WAIT_MILLIS);
    }
  }
}
