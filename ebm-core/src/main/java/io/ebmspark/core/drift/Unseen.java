package io.ebmspark.core.drift;

/**
 * How many new values fall by chance into categories not seen among old ones. Rare categories may
 * well be unseen; those seen once or twice tell how many there are.
 */
public final class Unseen {
  private Unseen() {}

  /**
   * The share of m new values in unseen categories that chance exceeds with at most this
   * probability: Good's estimate {@code f₁/n} of their share, f₁ being the number of categories
   * seen once, with its standard deviation {@code √(f₁ + 2f₂)/n} (Good 1953, equations 9 and 65),
   * plus what one more category may add, by {@link Exceedance}.
   *
   * @param counts how often each category was seen among the old values
   */
  public static double noise(long[] counts, long m, double tail) {
    long n = Counts.total(counts);
    double once = 0;
    double twice = 0;
    for (long count : counts) {
      once += count == 1 ? 1 : 0;
      twice += count == 2 ? 1 : 0;
    }
    double known = once + ChiSquare.upperNormal(tail) * Math.sqrt(once + 2 * twice);
    return Math.min(1, known / n + Exceedance.noise(n, m, tail));
  }
}
