package io.ebmspark.core.evaluation;

import io.ebmspark.core.data.Vectors;
import io.ebmspark.core.random.Permutation;
import io.ebmspark.core.random.Purpose;
import java.util.Arrays;
import java.util.List;

/**
 * The squared maximum mean discrepancy under the kernel {@code exp(−‖x−y‖²/(2h²))}, without bias
 * (Gretton et al. 2012, equation 3): its mean is 0 where the two samples are of one distribution,
 * so it may be negative.
 *
 * @param squared MMD²
 * @param pValue the share of random relabellings with an MMD² as large: (1 + #)/(1 + permutations)
 * @param bandwidth h, in the rows' units
 */
public record MaximumMeanDiscrepancy(double squared, double pValue, double bandwidth) {
  private static final int LARGEST = 20_000;

  /**
   * Compares two samples, with the median distance between rows as the bandwidth (Gretton et al.,
   * section 8). Time and memory grow with the square of the number of rows.
   *
   * @param first packed row-major, two rows or more
   * @param second packed row-major, two rows or more
   * @param width values per row
   * @param permutations how many relabellings the p-value comes from
   */
  public static MaximumMeanDiscrepancy between(
      float[] first, float[] second, int width, int permutations, long seed) {
    Rows.check(first, width, 2);
    Rows.check(second, width, 2);
    int n = first.length / width;
    int all = n + second.length / width;
    if (all > LARGEST) {
      throw new IllegalArgumentException(
          all + " rows are more than the " + LARGEST + " this compares; draw fewer");
    }
    float[] rows = Vectors.joined(List.of(first, second));
    float[][] squares = new float[all][];
    for (int i = 0; i < all; i++) {
      squares[i] = new float[i];
      for (int j = 0; j < i; j++) {
        squares[i][j] = (float) Rows.squaredDistance(rows, i, rows, j, width);
      }
    }
    double bandwidth = Math.sqrt(median(squares));
    double factor = -0.5 / (bandwidth * bandwidth);
    for (float[] row : squares) {
      for (int j = 0; j < row.length; j++) {
        row[j] = (float) Math.exp(factor * row[j]);
      }
    }
    boolean[] isFirst = new boolean[all];
    Arrays.fill(isFirst, 0, n, true);
    double observed = statistic(squares, isFirst, n);
    int asLarge = 0;
    for (int trial = 0; trial < permutations; trial++) {
      Permutation permutation = Permutation.of(seed, Purpose.EVALUATION, trial, all);
      boolean[] relabelled = new boolean[all];
      for (int i = 0; i < n; i++) {
        relabelled[(int) permutation.at(i)] = true;
      }
      asLarge += statistic(squares, relabelled, n) >= observed ? 1 : 0;
    }
    return new MaximumMeanDiscrepancy(observed, (1.0 + asLarge) / (1.0 + permutations), bandwidth);
  }

  private static double statistic(float[][] kernel, boolean[] isFirst, int n) {
    double m = (double) kernel.length - n;
    double within = 0;
    double other = 0;
    double across = 0;
    for (int i = 0; i < kernel.length; i++) {
      float[] row = kernel[i];
      double same = 0;
      double cross = 0;
      for (int j = 0; j < i; j++) {
        if (isFirst[j] == isFirst[i]) {
          same += row[j];
        } else {
          cross += row[j];
        }
      }
      across += cross;
      if (isFirst[i]) {
        within += same;
      } else {
        other += same;
      }
    }
    return 2 * within / ((double) n * (n - 1)) + 2 * other / (m * (m - 1)) - 2 * across / (n * m);
  }

  /** The median over pairs; identical rows leave the smallest positive number. */
  private static double median(float[][] squares) {
    float[] values = Vectors.joined(Arrays.asList(squares));
    Arrays.sort(values);
    return Math.max(values[values.length / 2], Float.MIN_NORMAL);
  }
}
