package io.ebmspark.core.training;

import ai.djl.Device;
import io.ebmspark.core.data.RowBlock;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.Callable;

/** Gradients from shards in this process, computed by a fixed number of threads. */
public final class LocalGradients implements GradientSource, AutoCloseable {
  /** Runs of shards for each thread: several, so that others can take over from a delayed one. */
  private static final int RUNS_A_THREAD = 4;

  private final GradientWorker worker;
  private final List<RowBlock> shards;
  private final List<ShardRun> runs;
  private final WorkerThreads threads;

  /** Computes on {@code threads} threads; their number does not change the bits. */
  public LocalGradients(GradientWorker worker, List<RowBlock> shards, int threads) {
    this.worker = worker;
    this.shards = List.copyOf(shards);
    this.runs = ShardRun.of(shards.size(), threads == 1 ? 1 : RUNS_A_THREAD * threads);
    this.threads = new WorkerThreads(threads);
  }

  @Override
  public StepTotal total(StepRequest request) {
    List<Callable<StepTotal>> works = new ArrayList<>();
    for (ShardRun run : runs) {
      Iterator<RowBlock> blocks = shards.subList(run.first(), run.end()).iterator();
      works.add(() -> worker.total(request, run.first(), blocks, Device.cpu()));
    }
    StepTotal total = new StepTotal(0);
    threads.all(works).forEach(total::append);
    return total;
  }

  @Override
  public void close() {
    threads.close();
  }
}
