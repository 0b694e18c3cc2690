package io.ebmspark.core.evaluation;

import java.util.Arrays;

/**
 * The share of negatives at or above the threshold that finds a given share of the positives: at
 * .95, the "FPR@95" of anomaly detection (Hendrycks and Gimpel 2017).
 */
public final class FalsePositiveRate {
  private FalsePositiveRate() {}

  /**
   * The rate at the highest threshold that still finds {@code recall} of the positives.
   *
   * @param negatives scores that should be low
   * @param positives scores that should be high
   * @param recall share of the positives at or above the threshold, in (0, 1]
   */
  public static double at(double recall, float[] negatives, float[] positives) {
    Rows.checkClasses(negatives, positives);
    if (!(recall > 0 && recall <= 1)) {
      throw new IllegalArgumentException("recall must be in (0, 1], got " + recall);
    }
    float[] high = positives.clone();
    Arrays.sort(high);
    float threshold = high[high.length - (int) Math.ceil(recall * high.length)];
    int falseAlarms = 0;
    for (float score : negatives) {
      falseAlarms += score >= threshold ? 1 : 0;
    }
    return (double) falseAlarms / negatives.length;
  }
}
