package io.ebmspark.core.drift;

/** The rise of a share. */
public final class Proportion {
  private Proportion() {}

  /**
   * What a share of m new rows exceeds that of n old ones by, by chance alone: the two-sample
   * normal bound with the pooled share, to which each side adds half a row (Agresti and Caffo
   * 2000), plus the half-row steps of both (Yates).
   *
   * @param old how many of the n old rows
   * @param now how many of the m new ones
   * @param tail the probability of exceeding it
   */
  public static double noise(double old, double n, double now, double m, double tail) {
    double pooled = (old + now + 1.0) / (n + m + 2.0);
    double spread = 1 / n + 1 / m;
    return ChiSquare.upperNormal(tail) * Math.sqrt(pooled * (1 - pooled) * spread) + spread / 2;
  }

  /** The same, of counted rows. */
  public static double noise(long old, long n, long now, long m, double tail) {
    return noise((double) old, (double) n, (double) now, (double) m, tail);
  }
}
