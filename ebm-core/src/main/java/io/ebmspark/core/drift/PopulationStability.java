package io.ebmspark.core.drift;

/**
 * The population stability index of two histograms over the same bins, {@code Σ (qᵢ − pᵢ)
 * ln(qᵢ/pᵢ)} : Jeffreys' divergence of the two, under the name it has in credit scoring (Siddiqi
 * 2006; usual limits are .1 and .25).
 *
 * <p>Shares are smoothed, {@code pᵢ = (nᵢ + ½)/(n + B/2)} over the B bins that are not empty in
 * both (Jeffreys' prior): a bin empty in one adds a large value, not an infinite one, and a bin
 * empty in both adds nothing.
 */
public final class PopulationStability {
  private static final double PRIOR = 0.5;

  private PopulationStability() {}

  /**
   * The index; 0 if the counts are equal, and near it if the shares are, of as many values.
   *
   * @param expected counts of the old values, by bin
   * @param actual counts of the new ones
   */
  public static double index(long[] expected, long[] actual) {
    Counts.check(expected, actual);
    double extra = PRIOR * (Counts.freedom(expected, actual) + 1);
    double n = Counts.total(expected) + extra;
    double m = Counts.total(actual) + extra;
    double sum = 0;
    for (int i = 0; i < expected.length; i++) {
      if (expected[i] + actual[i] > 0) {
        double p = (expected[i] + PRIOR) / n;
        double q = (actual[i] + PRIOR) / m;
        sum += (q - p) * StrictMath.log(q / p);
      }
    }
    return sum;
  }

  /**
   * The value that the index exceeds by chance with a given probability, if both are drawn from the
   * same distribution: it is then about {@code (1/n + 1/m) χ²} with one degree of freedom fewer
   * than bins that are not empty (Yurdakul and Naranjo 2020, "Statistical properties of the
   * population stability index", equation 8).
   *
   * @param tail the probability of exceeding it, such as .001
   */
  public static double noise(long[] expected, long[] actual, double tail) {
    double n = Counts.total(expected);
    double m = Counts.total(actual);
    return noise(expected, actual, n, m, tail);
  }

  /**
   * As above, for values that are not independent.
   *
   * @param n effective number of independent old values
   * @param m effective number of independent new values
   */
  public static double noise(long[] expected, long[] actual, double n, double m, double tail) {
    Counts.check(expected, actual);
    return (1 / n + 1 / m) * ChiSquare.upper(tail, Counts.freedom(expected, actual));
  }
}
