package io.ebmspark.core.training;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Threads that compute, one of which is the caller's: to hand small work to another thread, whose
 * core has none of it in its caches, takes longer than to do it. Closing them waits until they are
 * out of native code, which does not hear of interruptions: a process that ends meanwhile takes the
 * engine away from under them.
 */
final class WorkerThreads implements AutoCloseable {
  /** Longer than a block of rows takes. */
  private static final long PATIENCE_SECONDS = 30;

  private final int count;
  private final ExecutorService others;

  /**
   * Threads that wait for work.
   *
   * @param count how many compute at once, the caller among them
   */
  WorkerThreads(int count) {
    this.count = count;
    this.others =
        Executors.newCachedThreadPool(
            work -> {
              Thread thread = new Thread(work, "shard-worker");
              thread.setDaemon(true);
              return thread;
            });
  }

  /**
   * Does some works, as many at once as there are threads; the caller begins with the first.
   *
   * @param works at least one
   * @return their results, in the works' order
   * @throws RuntimeException what the first of them to fail throws, in their order
   */
  <T> List<T> all(List<Callable<T>> works) {
    List<FutureTask<T>> tasks = works.stream().map(FutureTask::new).toList();
    AtomicInteger next = new AtomicInteger(1);
    Runnable computing =
        () -> {
          int task;
          while (!Thread.currentThread().isInterrupted()
              && (task = next.getAndIncrement()) < tasks.size()) {
            tasks.get(task).run();
          }
        };
    for (int i = 1; i < Math.min(count, tasks.size()); i++) {
      others.execute(computing);
    }
    tasks.get(0).run();
    computing.run();
    List<T> results = new ArrayList<>();
    for (FutureTask<T> task : tasks) {
      try {
        results.add(task.get());
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
    others.shutdownNow();
    boolean interrupted = Thread.interrupted(); // else the wait would not begin
    try {
      boolean unused = others.awaitTermination(PATIENCE_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      interrupted = true;
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
