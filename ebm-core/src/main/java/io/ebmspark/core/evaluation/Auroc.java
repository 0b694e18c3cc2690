package io.ebmspark.core.evaluation;

import java.util.Arrays;

/**
 * The area under the receiver operating characteristic: the chance that a positive scores above a
 * negative, ties counting half (Mann and Whitney 1947).
 */
public final class Auroc {
  private Auroc() {}

  /**
   * Computes it in O(n log n).
   *
   * @param negatives scores that should be low
   * @param positives scores that should be high
   */
  public static double of(float[] negatives, float[] positives) {
    Rows.checkClasses(negatives, positives);
    float[] low = negatives.clone();
    float[] high = positives.clone();
    Arrays.sort(low);
    Arrays.sort(high);
    double pairs = 0;
    int below = 0;
    int atMost = 0;
    for (float score : high) {
      while (below < low.length && low[below] < score) {
        below++;
      }
      atMost = Math.max(atMost, below);
      while (atMost < low.length && low[atMost] <= score) {
        atMost++;
      }
      pairs += below + 0.5 * (atMost - below);
    }
    return pairs / ((double) low.length * high.length);
  }
}
