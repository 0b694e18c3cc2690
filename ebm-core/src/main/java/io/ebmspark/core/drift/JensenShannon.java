package io.ebmspark.core.drift;

/**
 * The Jensen-Shannon distance of two histograms over the same categories: the square root of {@code
 * H((p+q)/2) − (H(p)+H(q))/2} in bits, a metric between 0 and 1 (Endres and Schindelin 2003).
 */
public final class JensenShannon {
  private JensenShannon() {}

  /** The distance: 0 for equal shares, 1 if no category is in both. */
  public static double distance(long[] expected, long[] actual) {
    Counts.check(expected, actual);
    double n = Counts.total(expected);
    double m = Counts.total(actual);
    double bits = 0;
    for (int i = 0; i < expected.length; i++) {
      double p = expected[i] / n;
      double q = actual[i] / m;
      bits += (relative(p, (p + q) / 2) + relative(q, (p + q) / 2)) / 2;
    }
    return Math.sqrt(Math.min(1, Math.max(0, bits)));
  }

  private static double relative(double share, double mean) {
    return share == 0 ? 0 : share * StrictMath.log(share / mean) / StrictMath.log(2);
  }

  /**
   * The value that the distance exceeds by chance with a given probability: its square in nats is
   * an eighth of {@code (1/n + 1/m) χ²}, by its expansion to second order (Lin 1991, section IV).
   *
   * @param tail the probability of exceeding it
   */
  public static double noise(long[] expected, long[] actual, double tail) {
    double chi = ChiSquare.upper(tail, Counts.freedom(expected, actual));
    double spread = 1.0 / Counts.total(expected) + 1.0 / Counts.total(actual);
    return Math.sqrt(Math.min(1, spread * chi / (8 * StrictMath.log(2))));
  }
}
