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

  /** Bits of half a float. */
  private static final int HALF = 16;

  /**
   * Compares two samples, with the median distance between rows as the bandwidth (Gretton et al.,
   * section 8). Time grows with the square of the number of rows; memory only with their number,
   * since distances are computed anew whenever they are needed.
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
    double bandwidth = Math.sqrt(medianSquare(rows, width));
    boolean[][] labels = new boolean[1 + permutations][all];
    Arrays.fill(labels[0], 0, n, true);
    for (int trial = 0; trial < permutations; trial++) {
      Permutation permutation = Permutation.of(seed, Purpose.EVALUATION, trial, all);
      for (int i = 0; i < n; i++) {
        labels[1 + trial][(int) permutation.at(i)] = true;
      }
    }
    double[] statistics = statistics(rows, width, bandwidth, labels, n);
    double observed = statistics[0];
    int asLarge = 0;
    for (int trial = 1; trial <= permutations; trial++) {
      asLarge += statistics[trial] >= observed ? 1 : 0;
    }
    return new MaximumMeanDiscrepancy(observed, (1.0 + asLarge) / (1.0 + permutations), bandwidth);
  }

  /** MMD² for each way to label the rows, n of which are of the first sample. */
  private static double[] statistics(
      float[] rows, int width, double bandwidth, boolean[][] labels, int n) {
    int all = rows.length / width;
    double m = (double) all - n;
    double factor = -0.5 / (bandwidth * bandwidth);
    double[] within = new double[labels.length];
    double[] other = new double[labels.length];
    double[] across = new double[labels.length];
    float[] kernel = new float[all];
    for (int i = 0; i < all; i++) {
      squares(rows, i, width, kernel);
      for (int j = 0; j < i; j++) {
        kernel[j] = (float) Math.exp(factor * kernel[j]);
      }
      for (int trial = 0; trial < labels.length; trial++) {
        boolean[] isFirst = labels[trial];
        double same = 0;
        double cross = 0;
        for (int j = 0; j < i; j++) {
          if (isFirst[j] == isFirst[i]) {
            same += kernel[j];
          } else {
            cross += kernel[j];
          }
        }
        across[trial] += cross;
        if (isFirst[i]) {
          within[trial] += same;
        } else {
          other[trial] += same;
        }
      }
    }
    double[] found = new double[labels.length];
    for (int trial = 0; trial < found.length; trial++) {
      found[trial] =
          2 * within[trial] / ((double) n * (n - 1))
              + 2 * other[trial] / (m * (m - 1))
              - 2 * across[trial] / (n * m);
    }
    return found;
  }

  /** Squared distances of a row to those before it. */
  private static void squares(float[] rows, int i, int width, float[] into) {
    for (int j = 0; j < i; j++) {
      into[j] = (float) Rows.squaredDistance(rows, i, rows, j, width);
    }
  }

  /**
   * The median over pairs; identical rows leave the smallest positive number. Numbers that are not
   * negative are ordered as their bits are: the upper half of the median's is found by counting,
   * and then the lower one.
   */
  private static float medianSquare(float[] rows, int width) {
    int all = rows.length / width;
    long rank = (long) all * (all - 1) / 2 / 2;
    int bits = 0;
    for (int shift = HALF; shift >= 0; shift -= HALF) {
      long[] counts = new long[1 << HALF];
      float[] squares = new float[all];
      for (int i = 0; i < all; i++) {
        squares(rows, i, width, squares);
        for (int j = 0; j < i; j++) {
          int found = Float.floatToIntBits(squares[j]);
          if (shift == HALF || found >>> HALF == bits >>> HALF) {
            counts[found >>> shift & (1 << HALF) - 1]++;
          }
        }
      }
      int half = 0;
      while (counts[half] <= rank) {
        rank -= counts[half++];
      }
      bits |= half << shift;
    }
    return Math.max(Float.intBitsToFloat(bits), Float.MIN_NORMAL);
  }
}
