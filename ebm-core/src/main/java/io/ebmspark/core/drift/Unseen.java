package io.ebmspark.core.drift;

/**
 * How many new values are of categories that old ones did not show, by chance alone. A category
 * that is rare is likely not to have been seen; how many such there are, those seen once or twice
 * tell.
 */
public final class Unseen {
  private Unseen() {}

  /**
   * The share of m new values that are of unseen categories, with at most this probability: Good's
   * estimate {@code f₁/n} of their share, f₁ being the categories seen once, with its deviation
   * {@code √(f₁ + 2f₂)/n} (Good 1953, equations 9 and 65), and beyond that what one more category
   * may come to, as {@link Exceedance} says.
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
