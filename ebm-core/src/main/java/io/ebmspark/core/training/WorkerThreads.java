package io.ebmspark.core.training;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * Threads that compute. Closing them waits until they are out of native code, which does not hear
 * of interruptions: a process that ends meanwhile takes the engine away from under them.
 */
final class WorkerThreads implements AutoCloseable {
  /** Longer than a block of rows takes. */
  private static final long PATIENCE_SECONDS = 30;

  private final ExecutorService threads;

  WorkerThreads(int count) {
    this.threads =
        Executors.newFixedThreadPool(
            count,
            work -> {
              Thread thread = new Thread(work, "shard-worker");
              thread.setDaemon(true);
              return thread;
            });
  }

  /**
   * Does some works, as many at once as there are threads.
   *
   * @return their results, in the works' order
   * @throws RuntimeException what the first of them to fail throws, in their order
   */
  <T> List<T> all(List<Callable<T>> works) {
    List<Future<T>> pending = new ArrayList<>();
    for (Callable<T> work : works) {
      pending.add(threads.submit(work));
    }
    List<T> results = new ArrayList<>();
    for (Future<T> one : pending) {
      try {
        results.add(one.get());
      } catch (ExecutionException e) {
        throw e.getCause() instanceof RuntimeException cause
            ? cause
            : new IllegalStateException(e.getCause());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException("interrupted while others were computing", e);
      }
    }
    return results;
  }

  @Override
  public void close() {
    threads.shutdownNow();
    boolean interrupted = Thread.interrupted(); // else the wait would not begin
    try {
      boolean unused = threads.awaitTermination(PATIENCE_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      interrupted = true;
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
