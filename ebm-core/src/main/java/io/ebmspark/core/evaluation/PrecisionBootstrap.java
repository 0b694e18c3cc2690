package io.ebmspark.core.evaluation;

import io.ebmspark.core.random.Purpose;
import io.ebmspark.core.random.RandomStream;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * The sampling error of {@link AveragePrecision}, by the bootstrap within each class (Efron and
 * Tibshirani 1993, chapter 6): rows are drawn with replacement by address, the same ones for every
 * score of the same rows, so that differences are paired.
 *
 * @param replicates the average precision of each replicate
 */
public record PrecisionBootstrap(double[] replicates) {
  /**
   * Draws replicates; each takes one pass over the rows.
   *
   * @param negatives scores that should be low
   * @param positives scores that should be high
   */
  public static PrecisionBootstrap of(
      float[] negatives, float[] positives, int replicates, long seed) {
    Rows.checkClasses(negatives, positives);
    int[] order = fallingOrder(negatives, positives);
    double[] found = new double[replicates];
    for (int b = 0; b < replicates; b++) {
      RandomStream stream = RandomStream.of(seed, Purpose.EVALUATION, b);
      int[] counts = new int[negatives.length + positives.length];
      draw(stream, counts, 0, negatives.length);
      draw(stream, counts, negatives.length, counts.length);
      found[b] = averagePrecision(negatives, positives, order, counts);
    }
    return new PrecisionBootstrap(found);
  }

  /** The standard error. */
  public double standardError() {
    return deviation(replicates);
  }

  /** The standard error of this average precision less another, of the same rows and seed. */
  public double standardErrorOfDifference(PrecisionBootstrap other) {
    return deviation(
        IntStream.range(0, replicates.length)
            .mapToDouble(b -> replicates[b] - other.replicates[b])
            .toArray());
  }

  private static double deviation(double[] values) {
    double mean = Arrays.stream(values).average().orElse(Double.NaN);
    double squares = Arrays.stream(values).map(value -> (value - mean) * (value - mean)).sum();
    return Math.sqrt(squares / (values.length - 1.0));
  }

  /** Places of all rows, negatives before positives, from the highest score down. */
  private static int[] fallingOrder(float[] negatives, float[] positives) {
    return IntStream.range(0, negatives.length + positives.length)
        .boxed()
        .sorted(
            (i, j) -> Float.compare(score(negatives, positives, j), score(negatives, positives, i)))
        .mapToInt(Integer::intValue)
        .toArray();
  }

  private static float score(float[] negatives, float[] positives, int row) {
    return row < negatives.length ? negatives[row] : positives[row - negatives.length];
  }

  /** Draws as many of the rows in a range as there are, with replacement. */
  private static void draw(RandomStream stream, int[] counts, int from, int to) {
    float[] uniforms = new float[to - from];
    stream.uniforms(from, 0, uniforms, 0, uniforms.length);
    for (float uniform : uniforms) {
      counts[from + (int) ((double) uniform * (to - from))]++;
    }
  }

  private static double averagePrecision(
      float[] negatives, float[] positives, int[] order, int[] counts) {
    long found = 0;
    long falseAlarms = 0;
    double area = 0;
    for (int at = 0; at < order.length; ) {
      float threshold = score(negatives, positives, order[at]);
      long before = found;
      for (; at < order.length && score(negatives, positives, order[at]) == threshold; at++) {
        if (order[at] < negatives.length) {
          falseAlarms += counts[order[at]];
        } else {
          found += counts[order[at]];
        }
      }
      if (found > before) {
        area += (double) found / (found + falseAlarms) * (found - before) / positives.length;
      }
    }
    return area;
  }
}
