package io.ebmspark.core.training;

import io.ebmspark.core.engine.ProcessMemory;
import java.io.Serializable;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What one shard answers for a step: sums over its rows of the batch, never means, so that unequal
 * and empty shards add up exactly.
 *
 * @param rows number of rows summed over
 * @param loss sum of the rows' losses
 * @param gradient sum of the rows' gradients; empty where there are no rows
 * @param report sums of the named values the objective reports
 * @param chainPositions the batch positions whose chains ran here
 * @param chainEnds the states those chains ended in, packed in that order
 * @param problem what was not finite here, or null
 * @param memory of the process that computed this, now and then; null otherwise
 */
public record StepSums(
    int rows,
    double loss,
    float[] gradient,
    Map<String, Double> report,
    int[] chainPositions,
    float[] chainEnds,
    @Nullable String problem,
    @Nullable ProcessMemory memory)
    implements Serializable {

  /** What a shard without rows of the batch answers. */
  static StepSums none() {
    return new StepSums(
        0, 0, new float[0], new LinkedHashMap<>(), new int[0], new float[0], null, null);
  }

  /**
   * Adds shards in the order given, which fixes the bits of the result.
   *
   * @param size length of the parameter vector
   * @return the mean gradient, in double precision until the last rounding
   */
  static double[] totalGradient(List<StepSums> shards, int size) {
    double[] total = new double[size];
    for (StepSums shard : shards) {
      float[] part = shard.gradient;
      for (int i = 0; i < part.length; i++) {
        total[i] += part[i];
      }
    }
    return total;
  }
}
