package io.ebmspark.spark.sample;

import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * How the chains that drew samples behaved.
 *
 * @param chains how many there were
 * @param meanEnergy the chains' mean energy after each tenth of their steps
 * @param energyDeviation standard deviation of the energies at the end
 * @param mixing how well they mixed; empty of chains that each lead to a single draw
 * @param acceptance share of the steps accepted, for samplers that may reject one
 */
public record ChainDiagnostics(
    long chains,
    List<Double> meanEnergy,
    double energyDeviation,
    Optional<Mixing> mixing,
    OptionalDouble acceptance) {

  /** Among fewer chains, chance alone exceeds five standard errors more than once in a thousand. */
  private static final int FEWEST_CHAINS = 5;

  /**
   * How chains mixed over their second half.
   *
   * @param rHat rank-normalised split R̂ of their energies: near 1 where they have forgotten their
   *     starts
   * @param drawsPerChain how many independent draws that half of a chain is worth (bulk ESS)
   */
  public record Mixing(double rHat, double drawsPerChain) {}

  /**
   * Whether the mean energy has stopped moving, within five standard errors; so has that of chains
   * which lead to a single draw, at their end, and a few chains do not tell.
   */
  public boolean hasSettled() {
    if (mixing.isEmpty() || chains < FEWEST_CHAINS) {
      return true;
    }
    double last = meanEnergy.get(meanEnergy.size() - 1);
    double before = meanEnergy.get(meanEnergy.size() - 3);
    return Math.abs(last - before) <= 5 * energyDeviation * Math.sqrt(2.0 / chains);
  }
}
