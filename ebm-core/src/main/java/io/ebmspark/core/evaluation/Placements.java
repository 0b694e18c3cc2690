package io.ebmspark.core.evaluation;

import java.util.Arrays;
import java.util.function.IntToDoubleFunction;

/**
 * The area under the ROC curve with its standard error, alone or paired, by the placements of
 * DeLong, DeLong and Clarke-Pearson (1988, equations 4 to 6), whose sort is that of Sun and Xu
 * (2014).
 *
 * @param ofPositives the share of negatives below each positive, ties counting half
 * @param ofNegatives the share of positives above each negative, ties counting half
 */
public record Placements(double[] ofPositives, double[] ofNegatives) {
  /**
   * Places scores among those of the other class, in O(n log n).
   *
   * @param negatives scores that should be low
   * @param positives scores that should be high
   */
  public static Placements of(float[] negatives, float[] positives) {
    Rows.checkClasses(negatives, positives);
    double[] above = shareBelow(negatives, positives);
    for (int i = 0; i < above.length; i++) {
      above[i] = 1 - above[i];
    }
    return new Placements(shareBelow(positives, negatives), above);
  }

  /** The share of others below each score, ties counting half. */
  private static double[] shareBelow(float[] scores, float[] others) {
    float[] sorted = others.clone();
    Arrays.sort(sorted);
    double[] shares = new double[scores.length];
    for (int i = 0; i < scores.length; i++) {
      int below = countBelow(sorted, scores[i], false);
      int atMost = countBelow(sorted, scores[i], true);
      shares[i] = (below + 0.5 * (atMost - below)) / sorted.length;
    }
    return shares;
  }

  private static int countBelow(float[] sorted, float score, boolean orEqual) {
    int low = 0;
    int high = sorted.length;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (sorted[middle] < score || (orEqual && sorted[middle] == score)) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  /** The area: the chance that a positive scores above a negative. */
  public double area() {
    return Arrays.stream(ofPositives).average().orElse(Double.NaN);
  }

  /** The area's standard error; NaN where a class has a single row. */
  public double standardError() {
    return error(i -> ofPositives[i], i -> ofNegatives[i]);
  }

  /**
   * The standard error of this area less another, of the same rows in the same order; NaN where a
   * class has a single row.
   */
  public double standardErrorOfDifference(Placements other) {
    if (other.ofPositives.length != ofPositives.length
        || other.ofNegatives.length != ofNegatives.length) {
      throw new IllegalArgumentException("areas of other rows are not paired");
    }
    return error(
        i -> ofPositives[i] - other.ofPositives[i], i -> ofNegatives[i] - other.ofNegatives[i]);
  }

  private double error(IntToDoubleFunction positive, IntToDoubleFunction negative) {
    return Math.sqrt(
        squaredError(positive, ofPositives.length) + squaredError(negative, ofNegatives.length));
  }

  /** The squared standard error of a mean. */
  private static double squaredError(IntToDoubleFunction value, int count) {
    double sum = 0;
    for (int i = 0; i < count; i++) {
      sum += value.applyAsDouble(i);
    }
    double mean = sum / count;
    double squares = 0;
    for (int i = 0; i < count; i++) {
      squares += Math.pow(value.applyAsDouble(i) - mean, 2);
    }
    return squares / (count - 1.0) / count;
  }
}
