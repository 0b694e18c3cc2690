package io.ebmspark.core.model;

import io.ebmspark.core.settings.Setting;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Where an energy stands among the energies of the rows held out from training, or of training rows
 * if none were held out.
 *
 * @param knots energies at evenly spaced ranks, lowest first: all of them for small tables, {@value
 *     #MOST_KNOTS} quantiles for large ones
 */
public record EnergyPercentiles(@Setting("energies at evenly spaced ranks") List<Double> knots) {
  private static final int MOST_KNOTS = 10_001;

  public EnergyPercentiles {
    if (knots.isEmpty()) {
      throw new IllegalArgumentException("knots must not be empty");
    }
    knots = List.copyOf(knots);
  }

  /** Percentiles among the given energies; the array is sorted. */
  public static EnergyPercentiles of(float[] energies) {
    Arrays.sort(energies);
    int count = Math.min(energies.length, MOST_KNOTS);
    List<Double> knots = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      long rank = count == 1 ? 0 : Math.round((double) i * (energies.length - 1) / (count - 1));
      knots.add((double) energies[(int) rank]);
    }
    return new EnergyPercentiles(knots);
  }

  /** The knots as numbers. */
  public double[] toArray() {
    return knots.stream().mapToDouble(Double::doubleValue).toArray();
  }

  /** The lookup for one energy after another. */
  public Lookup lookup() {
    return Lookup.of(toArray());
  }

  /** Percentiles as a plain array, for speed. */
  public static final class Lookup {
    private final double[] knots;

    private Lookup(double[] knots) {
      this.knots = knots;
    }

    /** The lookup among knots as {@link EnergyPercentiles#toArray} gives them. */
    public static Lookup of(double[] knots) {
      return new Lookup(knots);
    }

    /**
     * The percentage of the rows behind the knots whose energy is at most this one, interpolated
     * between them: 0 for energies below all of them, 100 for the highest and beyond. NaN for NaN.
     */
    public double percentile(double energy) {
      if (Double.isNaN(energy)) {
        return Double.NaN;
      }
      int low = 0; // knots[low − 1] ≤ energy < knots[low]
      int high = knots.length;
      while (low < high) {
        int middle = (low + high) >>> 1;
        if (knots[middle] <= energy) {
          low = middle + 1;
        } else {
          high = middle;
        }
      }
      if (low == 0) {
        return 0;
      }
      if (low == knots.length) {
        return 100;
      }
      double gap = knots[low] - knots[low - 1];
      double within = (energy - knots[low - 1]) / gap;
      return 100 * (low + within) / knots.length;
    }
  }
}
