package io.ebmspark.spark.sample;

import java.util.List;
import java.util.OptionalDouble;

/**
 * How the chains that drew samples behaved.
 *
 * @param chains how many there were
 * @param meanEnergy the chains' mean energy after each tenth of their steps
 * @param energyDeviation standard deviation of the energies at the end
 * @param rHat rank-normalised split R̂ of the energies over the second half of the chains: near 1
 *     where they have forgotten their starts
 * @param drawsPerChain how many independent draws that second half of a chain is worth (bulk ESS)
 * @param acceptance share of the steps accepted, for samplers that may reject one
 */
public record ChainDiagnostics(
    long chains,
    List<Double> meanEnergy,
    double energyDeviation,
    double rHat,
    double drawsPerChain,
    OptionalDouble acceptance) {

  /** Whether the mean energy has stopped moving, within five standard errors. */
  public boolean hasSettled() {
    double last = meanEnergy.get(meanEnergy.size() - 1);
    double before = meanEnergy.get(meanEnergy.size() - 3);
    return Math.abs(last - before) <= 5 * energyDeviation * Math.sqrt(2.0 / chains);
  }
}
