package io.ebmspark.spark.train;

import io.ebmspark.core.data.RowBlock;
import io.ebmspark.core.training.GradientSource;
import io.ebmspark.core.training.ShardRun;
import io.ebmspark.core.training.StepRequest;
import io.ebmspark.core.training.StepTotal;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.ToIntFunction;
import org.apache.spark.SparkContext;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gradients from a {@link Crew} of tasks, one per core, that stay from step to step. Their number
 * follows from the executors present, and cannot change the bits (see {@link StepTotal}). When
 * executors come or go, shards are moved and the next crew is formed.
 */
final class SparkGradients implements GradientSource, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(SparkGradients.class);

  /** Longer than Spark looks for the best place of a task. */
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  /** How long crews are no larger than the last one that found too few cores. */
  private static final long MODEST_NANOS = TimeUnit.MINUTES.toNanos(10);

  private final JavaRDD<RowBlock> shards;
  private final ShardPlacement placement;
  private final JavaSparkContext context;
  private final Broadcast<WorkerSettings> worker;
  private final long steps;
  private final ToIntFunction<SparkContext> tasks;
  private final Slicing slicing;
  private final Duration patience;
  private final int mostLosses;
  private int modestTasks = Integer.MAX_VALUE;
  private long modestSince;
  private List<ShardRun> runs = List.of();
  private @Nullable Crew crew;

  /** As many tasks as run at once. */
  SparkGradients(JavaRDD<RowBlock> shards, WorkerSettings worker, long steps) {
    this(shards, worker, steps, SparkGradients::taskSlots, Slicing.DEFAULT, PATIENCE);
  }

  /** With the usual patience. */
  SparkGradients(
      JavaRDD<RowBlock> shards,
      WorkerSettings worker,
      long steps,
      ToIntFunction<SparkContext> tasks,
      Slicing slicing) {
    this(shards, worker, steps, tasks, slicing, PATIENCE);
  }

  /**
   * Gradients of all shards.
   *
   * @param tasks the number of tasks wanted; no more than run at once are used
   * @param slicing when gradients are joined among the executors; no bit tells
   * @param patience how long tasks wait for others that find no core
   */
  SparkGradients(
      JavaRDD<RowBlock> shards,
      WorkerSettings worker,
      long steps,
      ToIntFunction<SparkContext> tasks,
      Slicing slicing,
      Duration patience) {
    this.shards = shards;
    this.placement = new ShardPlacement(shards);
    this.context = JavaSparkContext.fromSparkContext(shards.context());
    this.worker = context.broadcast(worker);
    this.steps = steps;
    this.tasks = tasks;
    this.slicing = slicing;
    this.patience = patience;
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
      if (now.coresFound() > 0) {
        modestTasks = now.coresFound();
        modestSince = System.nanoTime();
        LOG.warn(
            "training goes on with {} tasks: other jobs of the application hold the other cores, or"
                + " Spark avoids their executors",
            modestTasks);
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
    List<ShardRun> wanted = ShardRun.of(shards.getNumPartitions(), mostTasks());
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
    crew = new Crew(shards, worker, runs, places, slicing, patience);
    return crew;
  }

  private int mostTasks() {
    boolean isModest = System.nanoTime() - modestSince < MODEST_NANOS;
    int most = Math.min(tasks.applyAsInt(context.sc()), taskSlots(context.sc()));
    return isModest ? Math.min(most, modestTasks) : most;
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
