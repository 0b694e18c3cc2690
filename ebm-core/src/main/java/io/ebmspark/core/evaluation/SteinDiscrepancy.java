package io.ebmspark.core.evaluation;

import io.ebmspark.core.random.Purpose;
import io.ebmspark.core.random.RandomStream;
import java.util.Arrays;

/**
 * The squared kernelised Stein discrepancy of samples from a density known by its score, without
 * bias (Liu, Lee and Jordan 2016, equation 14), under the kernel {@code (1 + ‖x−y‖²)^(−1/2)} of
 * Gorham and Mackey (2017), which sees samples that miss the tails.
 *
 * @param squared KSD²; its mean is 0 where the samples are of the density
 * @param pValue that samples of the density have a KSD² as large, by the weighted bootstrap of Liu
 *     et al. (section 4): (1 + #)/(1 + replicates)
 */
public record SteinDiscrepancy(double squared, double pValue) {
  /**
   * Compares samples with a density. Time grows with the square of the number of rows.
   *
   * @param rows packed row-major, two rows or more, independent
   * @param scores {@code ∇ log p = −∇E/T} at each row, packed as {@code rows}
   * @param width values per row
   * @param replicates of the bootstrap
   */
  public static SteinDiscrepancy of(
      float[] rows, float[] scores, int width, int replicates, long seed) {
    Rows.check(rows, width, 2);
    if (scores.length != rows.length) {
      throw new IllegalArgumentException(
          "scores have " + scores.length + " values, and rows " + rows.length);
    }
    int n = rows.length / width;
    double[][] u = new double[n][];
    double sum = 0;
    for (int i = 0; i < n; i++) {
      u[i] = new double[i];
      for (int j = 0; j < i; j++) {
        u[i][j] = kernel(rows, scores, i, j, width);
        sum += u[i][j];
      }
    }
    double observed = 2 * sum / ((double) n * (n - 1));
    int asLarge = 0;
    double[] weights = new double[n];
    for (int b = 0; b < replicates; b++) {
      multinomial(weights, RandomStream.of(seed, Purpose.EVALUATION, b));
      double replicate = 0;
      for (int i = 0; i < n; i++) {
        double row = 0;
        for (int j = 0; j < i; j++) {
          row += weights[j] * u[i][j];
        }
        replicate += 2 * weights[i] * row;
      }
      asLarge += replicate >= observed ? 1 : 0;
    }
    return new SteinDiscrepancy(observed, (1.0 + asLarge) / (1.0 + replicates));
  }

  /** Counts of n draws from n cells, over n, less their mean 1/n. */
  private static void multinomial(double[] weights, RandomStream stream) {
    int n = weights.length;
    Arrays.fill(weights, -1.0 / n);
    for (int i = 0; i < n; i++) {
      weights[(int) (n * stream.uniform(i, 0))] += 1.0 / n;
    }
  }

  /** {@code sₓᵀs_y k + sₓᵀ∇_y k + s_yᵀ∇ₓk + tr ∇ₓ∇_y k} (equation 9). */
  private static double kernel(float[] rows, float[] scores, int i, int j, int width) {
    double base = 1 + Rows.squaredDistance(rows, i, rows, j, width);
    double k = 1 / Math.sqrt(base);
    double slope = k / base; // ∇_y k = slope·(x − y)
    double product = 0;
    double cross = 0;
    for (int a = 0; a < width; a++) {
      double sx = scores[i * width + a];
      double sy = scores[j * width + a];
      double difference = (double) rows[i * width + a] - rows[j * width + a];
      product += sx * sy;
      cross += (sx - sy) * difference;
    }
    double trace = width * slope - 3 * (base - 1) * slope / base;
    return product * k + cross * slope + trace;
  }
}
