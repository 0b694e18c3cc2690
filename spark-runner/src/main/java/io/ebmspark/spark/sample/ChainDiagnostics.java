package io.ebmspark.spark.sample;

import java.util.List;

/**
 * What became of the chains that drew samples.
 *
 * @param chains how many there were
 * @param meanEnergy the chains' mean energy after each tenth of their steps
 * @param energyDeviation standard deviation of the energies in the end
 * @param rHat Gelman and Rubin's (1992) potential scale reduction of the energies over the second
 *     half of the chains: near 1 where they have forgotten their starts
 */
public record ChainDiagnostics(
    long chains, List<Double> meanEnergy, double energyDeviation, double rHat) {

  /** Whether the mean energy has stopped moving, within five standard errors. */
  public boolean hasSettled() {
    double last = meanEnergy.get(meanEnergy.size() - 1);
    double before = meanEnergy.get(meanEnergy.size() - 3);
    return Math.abs(last - before) <= 5 * energyDeviation * Math.sqrt(2.0 / chains);
  }
}
