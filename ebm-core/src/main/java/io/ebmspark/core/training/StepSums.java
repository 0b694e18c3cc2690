package io.ebmspark.core.training;

import io.ebmspark.core.data.Vectors;
import java.util.Map;
import java.util.TreeMap;

/**
 * Sums over rows of a step's batch, never means, so that unequal and empty parts add up exactly.
 *
 * @param rows number of rows summed over
 * @param loss sum of the rows' losses
 * @param gradient sum of the rows' gradients; empty if there are no rows
 * @param report sums of the named values the objective reports
 */
record StepSums(long rows, double loss, float[] gradient, Map<String, Double> report) {
  /** The sums of no rows; adding them changes no bit. */
  static final StepSums NONE = new StepSums(0, 0, new float[0], Map.of());

  /**
   * The sum of these and others, in the arrays of the first that has rows; both are consumed.
   *
   * <p>Gradients are added as floats: a sum of two floats in double precision, rounded to float, is
   * the same. Over a tree of n parts that costs at most log₂(n) roundings of 2⁻²⁴, where each part
   * has been rounded once already, and halves the traffic.
   */
  StepSums plus(StepSums other) {
    if (rows == 0) {
      return other;
    }
    if (other.rows == 0) {
      return this;
    }
    Vectors.each(
        gradient.length,
        (from, to) -> {
          for (int i = from; i < to; i++) {
            gradient[i] += other.gradient[i];
          }
        });
    Map<String, Double> both = joined(report, other.report);
    return new StepSums(rows + other.rows, loss + other.loss, gradient, both);
  }

  /** Named sums, added name by name. */
  static Map<String, Double> joined(Map<String, Double> report, Map<String, Double> other) {
    Map<String, Double> both = new TreeMap<>(report);
    other.forEach((name, sum) -> both.merge(name, sum, Double::sum));
    return both;
  }
}
