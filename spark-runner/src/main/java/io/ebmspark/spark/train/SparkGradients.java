package io.ebmspark.spark.train;

import io.ebmspark.core.data.RowBlock;
import io.ebmspark.core.training.GradientSource;
import io.ebmspark.core.training.ShardRun;
import io.ebmspark.core.training.StepRequest;
import io.ebmspark.core.training.StepTotal;
import java.util.List;
import java.util.Optional;
import java.util.function.ToIntFunction;
import org.apache.spark.SparkContext;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.jspecify.annotations.Nullable;

/**
 * Gradients from a {@link Crew} of tasks, one per core, that stay from step to step. Their number
 * follows from the executors present, and cannot change the bits (see {@link StepTotal}). When
 * executors come or go, shards are moved and the next crew is formed.
 */
final class SparkGradients implements GradientSource, AutoCloseable {
  private final JavaRDD<RowBlock> shards;
  private final ShardPlacement placement;
  private final JavaSparkContext context;
  private final Broadcast<WorkerSettings> worker;
  private final long steps;
  private final ToIntFunction<SparkContext> tasks;
  private final Slicing slicing;
  private final int mostLosses;
  private List<ShardRun> runs = List.of();
  private @Nullable Crew crew;

  /** As many tasks as run at once. */
  SparkGradients(JavaRDD<RowBlock> shards, WorkerSettings worker, long steps) {
    this(shards, worker, steps, SparkGradients::taskSlots, Slicing.DEFAULT);
  }

  /**
   * Gradients of all shards.
   *
   * @param tasks the number of tasks wanted; no more than run at once are used
   * @param slicing when gradients are joined among the executors; no bit tells
   */
  SparkGradients(
      JavaRDD<RowBlock> shards,
      WorkerSettings worker,
      long steps,
      ToIntFunction<SparkContext> tasks,
      Slicing slicing) {
    this.shards = shards;
    this.placement = new ShardPlacement(shards);
    this.context = JavaSparkContext.fromSparkContext(shards.context());
    this.worker = context.broadcast(worker);
    this.steps = steps;
    this.tasks = tasks;
    this.slicing = slicing;
    this.mostLosses = context.getConf().getInt("spark.task.maxFailures", 4);
  }

  @Override
  public StepTotal total(StepRequest request) {
    int losses = 0;
    while (true) {
      Crew now = crew(request.step());
      Optional<StepTotal> total = now.total(request);
      if (total.isPresent()) {
        return total.get();
      }
      losses += now.hasLostAnExecutor() ? 1 : 0;
      if (losses >= mostLosses) {
        throw new IllegalStateException(
            "executors were lost, or did not reach each other, "
                + losses
                + " times in step "
                + request.step()
                + ", as often as spark.task.maxFailures allows; their logs say why");
      }
    }
  }

  /** The crew for the current executors, which may come and go between steps. */
  private Crew crew(long step) {
    List<ShardRun> wanted =
        ShardRun.of(
            shards.getNumPartitions(),
            Math.min(tasks.applyAsInt(context.sc()), taskSlots(context.sc())));
    if (crew != null && !crew.isBrokenUp() && wanted.equals(runs) && !placement.isDue()) {
      return crew;
    }
    if (crew != null) {
      crew.close();
      crew = null;
    }
    runs = wanted;
    List<String> places = placement.settle(runs.stream().mapToInt(ShardRun::end).toArray());
    context.setJobDescription("training, steps " + step + " to " + steps);
    crew = new Crew(shards, worker, runs, places, slicing);
    return crew;
  }

  /** How many tasks the executors that have reported for work can run at once; at least one. */
  static int taskSlots(SparkContext context) {
    int slots =
        context.maxNumConcurrentTasks(context.resourceProfileManager().defaultResourceProfile());
    return Math.max(1, slots);
  }

  /** How many executors have reported for work; at least one. */
  static int executors(SparkContext context) {
    int withDriver = context.getExecutorMemoryStatus().size();
    return Math.max(1, withDriver - 1);
  }

  @Override
  public void close() {
    if (crew != null) {
      crew.close();
    }
    placement.close();
    worker.destroy();
  }
}
