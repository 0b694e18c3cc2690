package io.ebmspark.core.evaluation;

import java.util.stream.IntStream;

/**
 * Spearman's rank correlation (Spearman 1904): the correlation of ranks, those that tie sharing
 * their mean.
 */
public final class RankCorrelation {
  private RankCorrelation() {}

  /**
   * The correlation, in [−1, 1]; NaN where all scores of a side are one.
   *
   * @param first scores, none of them NaN
   * @param second scores of the same rows in the same order
   */
  public static double of(float[] first, float[] second) {
    if (first.length != second.length || first.length < 2) {
      throw new IllegalArgumentException(
          "needs as many scores of each, two or more, got "
              + first.length
              + " and "
              + second.length);
    }
    double[] a = ranks(first);
    double[] b = ranks(second);
    double mean = (first.length - 1) / 2.0;
    double product = 0;
    double squaresOfA = 0;
    double squaresOfB = 0;
    for (int i = 0; i < a.length; i++) {
      product += (a[i] - mean) * (b[i] - mean);
      squaresOfA += (a[i] - mean) * (a[i] - mean);
      squaresOfB += (b[i] - mean) * (b[i] - mean);
    }
    return product / Math.sqrt(squaresOfA * squaresOfB);
  }

  /** Ranks from 0. */
  private static double[] ranks(float[] scores) {
    int[] order =
        IntStream.range(0, scores.length)
            .boxed()
            .sorted((i, j) -> Float.compare(scores[i], scores[j]))
            .mapToInt(Integer::intValue)
            .toArray();
    double[] ranks = new double[scores.length];
    for (int from = 0; from < order.length; ) {
      int to = from;
      while (to < order.length && scores[order[to]] == scores[order[from]]) {
        to++;
      }
      for (int i = from; i < to; i++) {
        ranks[order[i]] = (from + to - 1) / 2.0;
      }
      from = to;
    }
    return ranks;
  }
}
