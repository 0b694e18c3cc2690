package io.ebmspark.core.evaluation;

/**
 * The energy distance between two distributions (Székely and Rizzo 2013, equation 2.5), {@code
 * 2E‖X−Y‖ − E‖X−X'‖ − E‖Y−Y'‖}, from independent samples, without bias: its mean is 0 where the
 * distributions are the same, so it may be negative.
 */
public final class EnergyDistance {
  private EnergyDistance() {}

  /**
   * The distance, in the rows' units. Time grows with the square of the number of rows.
   *
   * @param first packed row-major, two rows or more
   * @param second packed row-major, two rows or more
   * @param width values per row
   */
  public static double between(float[] first, float[] second, int width) {
    Rows.check(first, width, 2);
    Rows.check(second, width, 2);
    int n = first.length / width;
    int m = second.length / width;
    double across = 0;
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < m; j++) {
        across += Math.sqrt(Rows.squaredDistance(first, i, second, j, width));
      }
    }
    return 2 * across / ((double) n * m) - within(first, width) - within(second, width);
  }

  private static double within(float[] rows, int width) {
    int n = rows.length / width;
    double sum = 0;
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < i; j++) {
        sum += Math.sqrt(Rows.squaredDistance(rows, i, rows, j, width));
      }
    }
    return 2 * sum / ((double) n * (n - 1));
  }
}
