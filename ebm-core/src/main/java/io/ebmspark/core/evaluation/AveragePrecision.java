package io.ebmspark.core.evaluation;

import java.util.Arrays;

/**
 * The area under the precision-recall curve as average precision, {@code Σ (Rₙ − Rₙ₋₁)Pₙ} over
 * falling thresholds, without interpolation (Manning, Raghavan and Schütze 2008, section 8.4);
 * scores that tie share a threshold.
 */
public final class AveragePrecision {
  private AveragePrecision() {}

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
    int falseAlarms = 0;
    int found = 0;
    double area = 0;
    while (found < high.length) {
      float threshold = high[high.length - 1 - found];
      int before = found;
      while (found < high.length && high[high.length - 1 - found] == threshold) {
        found++;
      }
      while (falseAlarms < low.length && low[low.length - 1 - falseAlarms] >= threshold) {
        falseAlarms++;
      }
      double precision = (double) found / (found + falseAlarms);
      area += precision * (found - before) / high.length;
    }
    return area;
  }
}
