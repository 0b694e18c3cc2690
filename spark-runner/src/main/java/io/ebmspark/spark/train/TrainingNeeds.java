package io.ebmspark.spark.train;

import io.ebmspark.core.data.Shapes;
import io.ebmspark.core.energy.Energy;
import io.ebmspark.core.energy.Parameter;
import io.ebmspark.core.objective.ReplaySettings;
import io.ebmspark.core.training.ShardRun;
import io.ebmspark.core.training.TrainingSettings;
import java.util.Arrays;

/**
 * The bytes a run takes, by the formulas of docs/memory.md. These are lower bounds: Spark's own
 * needs and the virtual machine's come on top.
 *
 * @param parameters length of the parameter vector
 * @param width values per row
 * @param executors that have tasks of a step; 1 if the driver computes by itself
 * @param tasks of a step
 */
public record TrainingNeeds(
    TrainingSettings training, long parameters, long rows, int width, int executors, int tasks) {
  private static final long FLOAT = Float.BYTES;
  private static final long MEGABYTE = 1 << 20;

  /** The needs of an energy on rows of a shape. */
  static TrainingNeeds of(
      TrainingSettings training, Energy energy, long[] shape, long rows, int executors, int tasks) {
    long parameters = 0;
    for (Parameter part : energy.parameters(shape).parameters()) {
      parameters += Arrays.stream(part.shape()).reduce(1, Math::multiplyExact);
    }
    return new TrainingNeeds(training, parameters, rows, Shapes.width(shape), executors, tasks);
  }

  /** One vector of parameters, or of gradients. */
  long vectorBytes() {
    return FLOAT * parameters;
  }

  /** The gradient vectors that all tasks of a step return together. */
  public int vectors() {
    return ShardRun.of(training.shards(), tasks).stream().mapToInt(ShardRun::vectors).sum();
  }

  /** Slices that vectors are sent and taken in; 1 if each executor is sent the whole one. */
  private int slices() {
    return Slicing.DEFAULT.slices(Math.min(executors, tasks), parameters);
  }

  /** What all tasks of a step return together. */
  public long resultBytes() {
    return (slices() > 1 ? 1 : vectors()) * vectorBytes() + drawnBytes();
  }

  /** The largest result of any task. */
  public long largestResultBytes() {
    int most =
        ShardRun.of(training.shards(), tasks).stream().mapToInt(ShardRun::vectors).max().orElse(0);
    return (slices() > 1 ? vectorBytes() / slices() : most * vectorBytes()) + drawnBytes();
  }

  /** The chains of a batch, in transit from the replay buffer and back. */
  private long drawnBytes() {
    return training.objective().replay().isPresent()
        ? FLOAT * Math.min(training.batchSize(), rows) * width
        : 0;
  }

  /** The replay buffer. */
  public long replayBytes() {
    return FLOAT * width * training.objective().replay().map(ReplaySettings::size).orElse(0);
  }

  /** The parameters on their way to the executors: one copy for each, or slices of one. */
  private long sentBytes() {
    return (slices() > 1 ? 1 : Math.min(executors, tasks)) * vectorBytes();
  }

  /** The driver's heap: all of a run's state, a gradient, what is sent, and what is returned. */
  public long driverBytes() {
    int states = training.validation().isPresent() ? 2 : 1; // the best one is kept beside
    int state = states * (2 + training.optimizer().momentCount());
    return (state + 3) * vectorBytes() + sentBytes() + replayBytes() + drawnBytes() + resultBytes();
  }

  /** The rows, over all executors. */
  public long cachedBytes() {
    return FLOAT * rows * width;
  }

  /** The rows of a shard, if shards are even. */
  long shardBytes() {
    return cachedBytes() / training.shards();
  }

  /** Native memory of a task: parameters with their gradients, and a block's activations. */
  public long nativeBytesPerTask() {
    return Math.max(
        64 * MEGABYTE, 16 * vectorBytes() + FLOAT * 64 * training.blockRows() * (long) width);
  }
}
