package io.ebmspark.core.drift;

/**
 * How many of m new values lie beyond all of n old ones by chance alone. Of values in any
 * continuous distribution, each order of the n + m is as likely as any other, so that the k highest
 * are all new with probability {@code m(m−1)…(m−k+1) / (n+m)(n+m−1)…(n+m−k+1) ≤ (m/(n+m))^k}
 * (Gumbel and von Schelling 1950); ties make it less. The same bounds how often a category is drawn
 * m times that n draws have not met.
 */
public final class Exceedance {
  private Exceedance() {}

  /**
   * The share of the new values that lie beyond the old ones, on one side, with at most this
   * probability.
   */
  public static double noise(long n, long m, double tail) {
    if (n < 1 || m < 1) {
      throw new IllegalArgumentException("values are needed, got " + n + " and " + m);
    }
    double beyond = Math.log(tail) / Math.log((double) m / (n + m));
    return Math.min(1, beyond / m);
  }
}
