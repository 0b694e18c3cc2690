package io.ebmspark.core.training;

import io.ebmspark.core.engine.RunningSum;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * {@link StepSums} whose gradient is still in native memory, where those of a task's shards are
 * added.
 *
 * @param rows number of rows summed over
 * @param loss sum of the rows' losses
 * @param gradient sum of the rows' gradients; null if there are no rows
 * @param report sums of the named values the objective reports
 */
record ShardSums(
    long rows, double loss, @Nullable RunningSum gradient, Map<String, Double> report) {
  /** The sums of no rows; adding them changes no bit. */
  static final ShardSums NONE = new ShardSums(0, 0, null, Map.of());

  /** The sum of these and others; both are consumed. */
  ShardSums plus(ShardSums other) {
    if (gradient == null) {
      return other;
    }
    if (other.gradient == null) {
      return this;
    }
    gradient.add(other.gradient);
    Map<String, Double> both = StepSums.joined(report, other.report);
    return new ShardSums(rows + other.rows, loss + other.loss, gradient, both);
  }

  /**
   * The same in Java's memory.
   *
   * @param parameters the length of a gradient
   */
  StepSums toJava(int parameters) {
    if (gradient == null) {
      return StepSums.NONE;
    }
    float[] values = new float[parameters];
    gradient.copyTo(values);
    return new StepSums(rows, loss, values, report);
  }
}
