package io.ebmspark.core.diagnostics;

import java.util.Arrays;

/**
 * The potential scale reduction R̂ of split, rank-normalised chains: near 1 where the chains agree
 * with each other and with their own past (Vehtari, Gelman, Simpson, Carpenter and Bürkner 2021,
 * section 3.2); above 1.01 they do not.
 */
public final class RHat {
  private RHat() {}

  /**
   * The larger of the R̂ of the draws and of their distances from the median, which sees chains of
   * unequal spread.
   *
   * @param chains (chains, draws)
   * @return NaN for fewer than four draws per chain, for draws that are all the same, or if any is
   *     not finite
   * @throws IllegalArgumentException if chains differ in length, or there are none
   */
  public static double of(double[][] chains) {
    Chains.check(chains);
    if (!Chains.answerable(chains)) {
      return Double.NaN;
    }
    double[][] split = Chains.split(chains);
    double median = Chains.quantile(split, 0.5);
    double[][] folded = Chains.map(split, value -> Math.abs(value - median));
    double ofDraws = basic(Chains.rankNormalised(split));
    double ofDistances = basic(Chains.rankNormalised(folded));
    // Draws of two values may all be as far from the median, which tells nothing.
    return Double.isNaN(ofDistances) ? ofDraws : Math.max(ofDraws, ofDistances);
  }

  /** {@code R̂ = √((B/W + n − 1)/n)} (equations 1 to 4). */
  private static double basic(double[][] chains) {
    int n = chains[0].length;
    double between = n * Chains.variance(Chains.means(chains));
    double within = Arrays.stream(chains).mapToDouble(Chains::variance).average().orElseThrow();
    return Math.sqrt((between / within + n - 1) / n);
  }
}
