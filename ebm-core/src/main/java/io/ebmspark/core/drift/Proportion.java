package io.ebmspark.core.drift;

/** The rise in a share. */
public final class Proportion {
  private Proportion() {}

  /**
   * The rise in a share, from n old rows to m new ones, that chance exceeds with a given
   * probability: the two-sample normal bound with the pooled share, to which each side adds half a
   * row (Agresti and Caffo 2000), plus half a row's step of each (Yates).
   *
   * @param old number among the n old rows
   * @param now number among the m new rows
   * @param tail the probability of exceeding it
   */
  public static double noise(double old, double n, double now, double m, double tail) {
    double pooled = (old + now + 1.0) / (n + m + 2.0);
    double spread = 1 / n + 1 / m;
    return ChiSquare.upperNormal(tail) * Math.sqrt(pooled * (1 - pooled) * spread) + spread / 2;
  }

  /** As above, for whole counts. */
  public static double noise(long old, long n, long now, long m, double tail) {
    return noise((double) old, (double) n, (double) now, (double) m, tail);
  }
}
