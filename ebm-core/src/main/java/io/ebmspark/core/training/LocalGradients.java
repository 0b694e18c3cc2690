package io.ebmspark.core.training;

import ai.djl.Device;
import io.ebmspark.core.data.RowBlock;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Gradients from shards in this process, computed by a fixed number of threads. */
public final class LocalGradients implements GradientSource, AutoCloseable {
  /** Runs of shards for each thread: several, so that others can take over from a delayed one. */
  private static final int RUNS_A_THREAD = 4;

  private final GradientWorker worker;
  private final List<RowBlock> shards;
  private final List<ShardRun> runs;
  private final ExecutorService threads;

  /** Computes on {@code threads} threads; their number does not change the bits. */
  public LocalGradients(GradientWorker worker, List<RowBlock> shards, int threads) {
    this.worker = worker;
    this.shards = List.copyOf(shards);
    this.runs = ShardRun.of(shards.size(), threads == 1 ? 1 : RUNS_A_THREAD * threads);
    this.threads =
        Executors.newFixedThreadPool(
            threads,
            task -> {
              Thread thread = new Thread(task, "shard-worker");
              thread.setDaemon(true);
              return thread;
            });
  }

  @Override
  public StepTotal total(StepRequest request) {
    List<Future<StepTotal>> pending = new ArrayList<>();
    for (ShardRun run : runs) {
      Iterator<RowBlock> blocks = shards.subList(run.first(), run.end()).iterator();
      pending.add(threads.submit(() -> worker.total(request, run.first(), blocks, Device.cpu())));
    }
    StepTotal total = new StepTotal(0);
    for (Future<StepTotal> run : pending) {
      try {
        total.append(run.get());
      } catch (ExecutionException e) {
        throw e.getCause() instanceof RuntimeException cause
            ? cause
            : new IllegalStateException(e.getCause());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException("interrupted at step " + request.step(), e);
      }
    }
    return total;
  }

  @Override
  public void close() {
    threads.shutdownNow();
  }
}
