package io.ebmspark.core.training;

import ai.djl.Device;
import io.ebmspark.core.data.RowBlock;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** The shards of this process, worked through by a fixed number of threads. */
public final class LocalGradients implements GradientSource, AutoCloseable {
  private final GradientWorker worker;
  private final List<RowBlock> shards;
  private final ExecutorService threads;

  /** Shards computed on {@code threads} threads; their number does not change the bits. */
  public LocalGradients(GradientWorker worker, List<RowBlock> shards, int threads) {
    this.worker = worker;
    this.shards = List.copyOf(shards);
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
  public List<StepSums> sums(StepRequest request) {
    List<Future<StepSums>> pending = new ArrayList<>();
    for (RowBlock shard : shards) {
      pending.add(threads.submit(() -> worker.sums(request, shard, Device.cpu())));
    }
    List<StepSums> sums = new ArrayList<>();
    for (Future<StepSums> shard : pending) {
      try {
        sums.add(shard.get());
      } catch (ExecutionException e) {
        throw e.getCause() instanceof RuntimeException cause
            ? cause
            : new IllegalStateException(e.getCause());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException("interrupted at step " + request.step(), e);
      }
    }
    return sums;
  }

  @Override
  public void close() {
    threads.shutdownNow();
  }
}
