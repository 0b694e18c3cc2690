package io.ebmspark.core.drift;

/**
 * How many of m new values lie beyond all of n old ones by chance. For values from any continuous
 * distribution, all orders of the n + m are equally likely, so the k highest are all new with
 * probability {@code m(m−1)…(m−k+1) / (n+m)(n+m−1)…(n+m−k+1) ≤ (m/(n+m))^k} (Gumbel and von
 * Schelling 1950); ties make it smaller. The same bounds how often a category that n draws have not
 * met appears among m.
 */
public final class Exceedance {
  private Exceedance() {}

  /**
   * The share of new values beyond the old ones, on one side, that chance exceeds with at most this
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
