package io.ebmspark.core.evaluation;

import io.ebmspark.core.random.Purpose;
import io.ebmspark.core.random.RandomStream;
import java.util.Arrays;

/**
 * The sliced Wasserstein-1 distance (Bonneel et al. 2015): the mean over random directions u of the
 * distance between the projections, {@code ∫|F⁻¹(q) − G⁻¹(q)| dq}.
 */
public final class SlicedWasserstein {
  private SlicedWasserstein() {}

  /**
   * The distance between two samples of one size.
   *
   * @param first packed row-major
   * @param second packed row-major, as many rows
   * @param width values per row
   * @param directions how many directions are averaged over
   */
  public static double distance(
      float[] first, float[] second, int width, int directions, long seed) {
    if (first.length != second.length || first.length % width != 0 || first.length == 0) {
      throw new IllegalArgumentException(
          "needs as many rows of each, got " + first.length + " and " + second.length + " values");
    }
    RandomStream stream = RandomStream.of(seed, Purpose.EVALUATION, 0);
    float[] direction = new float[width];
    double total = 0;
    for (int i = 0; i < directions; i++) {
      stream.normals(i, 0, direction, 0, width);
      double norm = 0;
      for (float component : direction) {
        norm += component * component;
      }
      double[] p = projected(first, direction, Math.sqrt(norm));
      double[] q = projected(second, direction, Math.sqrt(norm));
      double sum = 0;
      for (int row = 0; row < p.length; row++) {
        sum += Math.abs(p[row] - q[row]);
      }
      total += sum / p.length;
    }
    return total / directions;
  }

  private static double[] projected(float[] rows, float[] direction, double norm) {
    int width = direction.length;
    double[] values = new double[rows.length / width];
    for (int row = 0; row < values.length; row++) {
      double sum = 0;
      for (int i = 0; i < width; i++) {
        sum += rows[row * width + i] * direction[i];
      }
      values[row] = sum / norm;
    }
    Arrays.sort(values);
    return values;
  }
}
