package io.ebmspark.core.model;

import java.io.Serializable;
import java.util.Arrays;

/**
 * The energies of rows that a model was not trained on, in exact order: what an energy means.
 *
 * <p>A new row that is like them has a p-value uniform over {1/(n+1), …, 1}, so that of such rows a
 * share of at most α has a p-value of at most α, whatever the model is worth: conformal p-values
 * (Bates, Candès, Lei, Romano, Sesia: Testing for outliers with conformal p-values, arXiv
 * 2104.08279, equation 2).
 */
public final class Calibration implements Serializable {
  private static final long serialVersionUID = 1;

  private final float[] energies;

  private Calibration(float[] energies) {
    this.energies = energies;
  }

  /**
   * A calibration by n held-out rows.
   *
   * @param energies of the rows, in any order
   * @throws IllegalArgumentException if there are none, or one is not finite
   */
  public static Calibration of(float[] energies) {
    if (energies.length == 0) {
      throw new IllegalArgumentException("a calibration needs at least one energy");
    }
    for (float energy : energies) {
      if (!Float.isFinite(energy)) {
        throw new IllegalArgumentException("a calibration holds the energy " + energy);
      }
    }
    float[] sorted = energies.clone();
    Arrays.sort(sorted);
    return new Calibration(sorted);
  }

  /** The number n of rows. */
  public int rows() {
    return energies.length;
  }

  /** The energies, lowest first. */
  public float[] energies() {
    return energies.clone();
  }

  /**
   * The p-value of a row's energy, (1 + #{held-out energies ≥ it}) / (n+1): the smaller, the less
   * usual. The smallest there is for +∞; NaN for NaN.
   */
  public double pValue(double energy) {
    return Double.isNaN(energy) ? Double.NaN : pValueOfRank(1 + countFrom(energy));
  }

  /** The p-value of the row that would stand at this place, 1 being the highest energy. */
  public double pValueOfRank(long rank) {
    return rank / (energies.length + 1.0);
  }

  /** The place of a p-value that this calibration gave: 1 to n+1. */
  public int rank(double pValue) {
    return (int) Math.round(pValue * (energies.length + 1.0));
  }

  /** The smallest p-value, and so the smallest rate that can be kept: 1/(n+1). */
  public double smallestRate() {
    return pValueOfRank(1);
  }

  /** The fewest held-out rows by which a rate can be kept. */
  public static long rowsFor(double rate) {
    return (long) Math.ceil(1 / rate) - 1;
  }

  /**
   * The lowest energy, as a float, that is flagged at a false-positive rate: its p-value, and that
   * of each higher energy, is at most the rate.
   *
   * @throws IllegalArgumentException if the rate is below {@link #smallestRate} or not below 1
   */
  public float threshold(double falsePositiveRate) {
    if (!(falsePositiveRate >= smallestRate() && falsePositiveRate < 1)) {
      throw new IllegalArgumentException(
          "the rate "
              + falsePositiveRate
              + " is not between "
              + smallestRate()
              + ", the smallest of "
              + energies.length
              + " held-out rows, and 1");
    }
    int n = energies.length;
    // The most held-out rows at or above a flagged energy; by division, as p-values are made.
    int above = (int) (falsePositiveRate * (n + 1.0));
    while (above > 0 && pValueOfRank(1 + above) > falsePositiveRate) {
      above--;
    }
    return Math.nextUp(energies[n - 1 - above]);
  }

  /**
   * How many rows are flagged at a false-positive rate: those at or above its threshold, and what
   * has no number for an energy.
   *
   * @param energies of any rows
   * @throws IllegalArgumentException as {@link #threshold} does
   */
  public long alarms(float[] energies, double falsePositiveRate) {
    float threshold = threshold(falsePositiveRate);
    long alarms = 0;
    for (float energy : energies) {
      alarms += energy < threshold ? 0 : 1;
    }
    return alarms;
  }

  /** How many held-out rows have at least this energy. */
  private int countFrom(double energy) {
    int low = 0; // energies[low − 1] < energy ≤ energies[low]
    int high = energies.length;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (energies[middle] < energy) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return energies.length - low;
  }
}
