package io.ebmspark.core.diagnostics;

/**
 * How many independent draws the draws of autocorrelated chains are worth (Vehtari, Gelman,
 * Simpson, Carpenter and Bürkner 2021, sections 3.1 and 4.3), by Geyer's (1992) initial monotone
 * sequence.
 */
public final class EffectiveSampleSize {
  private static final double CONSTANT = 1e-15;

  private EffectiveSampleSize() {}

  /**
   * For the middle of the distribution: of split, rank-normalised chains.
   *
   * @param chains (chains, draws)
   * @return NaN for fewer than eight draws per chain, or if any is not finite; the number of draws
   *     if all are the same
   * @throws IllegalArgumentException if chains differ in length, or there are none
   */
  public static double bulk(double[][] chains) {
    Chains.check(chains);
    return Chains.answerable(chains) ? of(Chains.rankNormalised(Chains.split(chains))) : Double.NaN;
  }

  /** For the tails: the smaller of the sizes for the 5 % and 95 % quantiles; otherwise as above. */
  public static double tail(double[][] chains) {
    Chains.check(chains);
    return Chains.answerable(chains)
        ? Math.min(ofQuantile(chains, 0.05), ofQuantile(chains, 0.95))
        : Double.NaN;
  }

  /** For the mean itself: of split chains, not rank-normalised; otherwise as above. */
  public static double mean(double[][] chains) {
    Chains.check(chains);
    return Chains.answerable(chains) ? of(Chains.split(chains)) : Double.NaN;
  }

  private static double ofQuantile(double[][] chains, double probability) {
    double quantile = Chains.quantile(chains, probability);
    return of(Chains.split(Chains.map(chains, value -> value <= quantile ? 1 : 0)));
  }

  private static double of(double[][] chains) {
    int count = chains.length;
    int n = chains[0].length;
    double lowest = Double.POSITIVE_INFINITY;
    double highest = Double.NEGATIVE_INFINITY;
    for (double[] chain : chains) {
      for (double value : chain) {
        lowest = Math.min(lowest, value);
        highest = Math.max(highest, value);
      }
    }
    if (highest - lowest < CONSTANT) {
      return (double) count * n;
    }
    if (n < 4) {
      return Double.NaN;
    }
    double[] means = Chains.means(chains);
    double within = autocovariance(chains, means, 0) * n / (n - 1.0);
    double total = within * (n - 1.0) / n + (count > 1 ? Chains.variance(means) : 0);
    double[] rho = new double[n];
    double even = 1;
    double odd = 1 - (within - autocovariance(chains, means, 1)) / total;
    rho[0] = even;
    rho[1] = odd;
    int t = 1;
    // Sums of neighbours stay positive as long as they are more than noise.
    while (t < n - 3 && even + odd > 0) {
      even = 1 - (within - autocovariance(chains, means, t + 1)) / total;
      odd = 1 - (within - autocovariance(chains, means, t + 2)) / total;
      if (even + odd >= 0) {
        rho[t + 1] = even;
        rho[t + 2] = odd;
      }
      t += 2;
    }
    int last = t - 2;
    if (even > 0) {
      rho[last + 1] = even;
    }
    for (t = 1; t <= last - 2; t += 2) {
      if (rho[t + 1] + rho[t + 2] > rho[t - 1] + rho[t]) {
        rho[t + 1] = (rho[t - 1] + rho[t]) / 2;
        rho[t + 2] = rho[t + 1];
      }
    }
    double time = -1;
    for (int i = 0; i <= last; i++) {
      time += 2 * rho[i];
    }
    time += rho[last + 1];
    double draws = (double) count * n;
    return draws / Math.max(time, 1 / Math.log10(draws));
  }

  /** The mean over chains of the autocovariance at a lag, divided by the number of draws. */
  private static double autocovariance(double[][] chains, double[] means, int lag) {
    double total = 0;
    for (int i = 0; i < chains.length; i++) {
      double[] chain = chains[i];
      double sum = 0;
      for (int t = lag; t < chain.length; t++) {
        sum += (chain[t] - means[i]) * (chain[t - lag] - means[i]);
      }
      total += sum / chain.length;
    }
    return total / chains.length;
  }
}
