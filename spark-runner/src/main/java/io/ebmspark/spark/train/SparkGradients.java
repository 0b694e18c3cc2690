package io.ebmspark.spark.train;

import io.ebmspark.core.data.RowBlock;
import io.ebmspark.core.training.GradientSource;
import io.ebmspark.core.training.ShardRun;
import io.ebmspark.core.training.StepRequest;
import io.ebmspark.core.training.StepTotal;
import io.ebmspark.spark.TaskDevice;
import java.util.List;
import java.util.function.ToIntFunction;
import org.apache.spark.SparkContext;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;

/**
 * One Spark job per step, one task per core: parameters are broadcast, each task returns the total
 * of its run of shards, and the driver joins them in shard order. The number of tasks follows from
 * the executors present, and cannot change the bits (see {@link StepTotal}). Spark reruns a lost
 * task, which returns the same total.
 */
final class SparkGradients implements GradientSource, AutoCloseable {
  private final JavaRDD<RowBlock> shards;
  private final ShardPlacement placement;
  private final JavaSparkContext context;
  private final Broadcast<WorkerSettings> worker;
  private final long steps;
  private final ToIntFunction<SparkContext> tasks;
  private List<ShardRun> runs = List.of();
  private JavaRDD<RowBlock> grouped;

  /** As many tasks as run at once. */
  SparkGradients(JavaRDD<RowBlock> shards, WorkerSettings worker, long steps) {
    this(shards, worker, steps, SparkGradients::taskSlots);
  }

  /**
   * Gradients of all shards.
   *
   * @param tasks the number of tasks in the next step
   */
  SparkGradients(
      JavaRDD<RowBlock> shards,
      WorkerSettings worker,
      long steps,
      ToIntFunction<SparkContext> tasks) {
    this.shards = shards;
    this.placement = new ShardPlacement(shards);
    this.context = JavaSparkContext.fromSparkContext(shards.context());
    this.worker = context.broadcast(worker);
    this.steps = steps;
    this.tasks = tasks;
    this.grouped = shards;
  }

  @Override
  public StepTotal total(StepRequest request) {
    group();
    context.setJobDescription("training step " + request.step() + " of " + steps);
    Broadcast<StepRequest> sent = context.broadcast(request);
    Broadcast<WorkerSettings> settings = worker;
    int[] firstShards = runs.stream().mapToInt(ShardRun::first).toArray();
    try {
      List<StepTotal> totals =
          grouped
              .mapPartitionsWithIndex(
                  (run, blocks) ->
                      List.of(
                              settings
                                  .value()
                                  .worker()
                                  .total(
                                      sent.value(), firstShards[run], blocks, TaskDevice.current()))
                          .iterator(),
                  true)
              .collect();
      StepTotal total = new StepTotal(0);
      totals.forEach(total::append);
      return total;
    } finally {
      // Thousands of steps would otherwise leave thousands of parameter vectors behind.
      sent.destroy();
    }
  }

  /** Cuts the shards for the current executors, which may come and go between steps. */
  private void group() {
    List<ShardRun> now = ShardRun.of(shards.getNumPartitions(), tasks.applyAsInt(context.sc()));
    if (now.equals(runs) && !placement.isDue()) {
      return;
    }
    runs = now;
    List<String> places = placement.settle(runs.stream().mapToInt(ShardRun::end).toArray());
    grouped = ShardRuns.of(shards, runs, places);
  }

  /** How many tasks the executors that have reported for work can run at once; at least one. */
  static int taskSlots(SparkContext context) {
    int slots =
        context.maxNumConcurrentTasks(context.resourceProfileManager().defaultResourceProfile());
    return Math.max(1, slots);
  }

  @Override
  public void close() {
    placement.close();
    worker.destroy();
  }
}
