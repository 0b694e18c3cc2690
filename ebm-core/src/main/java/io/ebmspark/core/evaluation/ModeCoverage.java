package io.ebmspark.core.evaluation;

/**
 * How samples are spread over the known modes of a distribution.
 *
 * @param shares the share of the samples within the radius of each mode, nearest mode first
 * @param astray the share within the radius of none
 */
public record ModeCoverage(double[] shares, double astray) {
  /**
   * Assigns each row to its nearest mode.
   *
   * @param rows packed row-major
   * @param modes the modes' centres, packed row-major
   * @param width values per row
   * @param radius how near a row must be to count, in the rows' units
   */
  public static ModeCoverage of(float[] rows, float[] modes, int width, double radius) {
    Rows.check(rows, width, 1);
    Rows.check(modes, width, 1);
    int n = rows.length / width;
    double[] counts = new double[modes.length / width];
    double astray = 0;
    for (int i = 0; i < n; i++) {
      int nearest = 0;
      double least = Double.POSITIVE_INFINITY;
      for (int k = 0; k < counts.length; k++) {
        double square = Rows.squaredDistance(rows, i, modes, k, width);
        if (square < least) {
          least = square;
          nearest = k;
        }
      }
      if (least <= radius * radius) {
        counts[nearest] += 1.0 / n;
      } else {
        astray += 1.0 / n;
      }
    }
    return new ModeCoverage(counts, astray);
  }

  /**
   * The number of modes with at least a fraction of an equal share.
   *
   * @param fraction of {@code 1/modes}
   */
  public int covered(double fraction) {
    int covered = 0;
    for (double share : shares) {
      covered += share >= fraction / shares.length ? 1 : 0;
    }
    return covered;
  }
}
