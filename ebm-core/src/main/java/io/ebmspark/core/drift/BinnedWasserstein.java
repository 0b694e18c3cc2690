package io.ebmspark.core.drift;

/**
 * The Wasserstein-1 distance of two histograms over the same bins, {@code ∫ |F(x) − G(x)| dx}
 * (Vallender 1974), with each bin's values spread evenly over it, so that F and G are linear within
 * bins. In the units of the edges; divide by a standard deviation to compare columns.
 */
public final class BinnedWasserstein {
  private BinnedWasserstein() {}

  /**
   * The distance.
   *
   * @param edges of the bins, ascending, one more than counts
   */
  public static double distance(double[] edges, long[] expected, long[] actual) {
    check(edges, expected, actual);
    double n = Counts.total(expected);
    double m = Counts.total(actual);
    long left = 0;
    long right = 0;
    double before = 0;
    double sum = 0;
    for (int i = 0; i < expected.length; i++) {
      left += expected[i];
      right += actual[i];
      double after = left / n - right / m;
      sum += (edges[i + 1] - edges[i]) * area(before, after);
      before = after;
    }
    return sum;
  }

  /** The mean of |x| for x uniform between a and b. */
  private static double area(double a, double b) {
    boolean crosses = a * b < 0;
    return crosses
        ? (a * a + b * b) / (2 * (Math.abs(a) + Math.abs(b)))
        : (Math.abs(a) + Math.abs(b)) / 2;
  }

  /**
   * A bound that the distance exceeds by chance with at most the given probability. At each edge F
   * − G is about normal with variance {@code F(1−F)(1/n + 1/m)}; the bound is the distance if every
   * edge reached its own bound at once. With many edges it is about twice the exact quantile.
   *
   * @param tail the probability of exceeding it
   */
  public static double noise(double[] edges, long[] expected, long[] actual, double tail) {
    check(edges, expected, actual);
    double n = Counts.total(expected);
    double m = Counts.total(actual);
    double z = ChiSquare.upperNormal(tail / 2) * Math.sqrt(1 / n + 1 / m);
    long below = 0;
    double before = 0;
    double sum = 0;
    for (int i = 0; i < expected.length; i++) {
      below += expected[i] + actual[i];
      double share = below / (n + m);
      double after = z * Math.sqrt(share * (1 - share));
      sum += (edges[i + 1] - edges[i]) * (before + after) / 2;
      before = after;
    }
    return sum;
  }

  private static void check(double[] edges, long[] expected, long[] actual) {
    Counts.check(expected, actual);
    if (edges.length != expected.length + 1) {
      throw new IllegalArgumentException(edges.length + " edges for " + expected.length + " bins");
    }
    for (int i = 1; i < edges.length; i++) {
      if (!(edges[i] - edges[i - 1] >= 0)) {
        throw new IllegalArgumentException("edges must ascend");
      }
    }
  }
}
