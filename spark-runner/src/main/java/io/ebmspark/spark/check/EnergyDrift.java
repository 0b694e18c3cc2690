package io.ebmspark.spark.check;

import ai.djl.Device;
import io.ebmspark.core.drift.PopulationStability;
import io.ebmspark.core.model.RowEnergies;
import io.ebmspark.spark.data.MissingValues;
import io.ebmspark.spark.data.Names;
import io.ebmspark.spark.data.encoding.RowEncoder;
import io.ebmspark.spark.model.FeatureSettings;
import io.ebmspark.spark.model.Model;
import io.ebmspark.spark.profile.BinCounts;
import io.ebmspark.spark.profile.Bins;
import io.ebmspark.spark.profile.TableScan;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * How far rows' energies under a model have drifted from reference energies: their population
 * stability index over the deciles of the reference, and the ranges below and above it. One number
 * covers all columns and their dependence.
 *
 * @param index the population stability index
 * @param noise what the index reaches by chance
 * @param rows number of rows with an energy
 */
record EnergyDrift(double index, double noise, long rows) {
  private static final int TENTHS = 10;

  /** Number of rows packed at once. */
  private static final int BATCH = 8 * RowEnergies.BLOCK_ROWS;

  /**
   * Compares energies.
   *
   * @param reference ascending, finite
   * @param energies of rows; +∞ for those that overflowed
   * @param copies number of copies of each distinct row
   * @param tail probability of exceeding the noise
   */
  static EnergyDrift of(double[] reference, double[] energies, long[] copies, double tail) {
    Bins bins =
        Bins.ofEqualFrequency(reference, reference[0], reference[reference.length - 1], TENTHS);
    long[] expected = counts(bins, reference);
    long[] actual = counts(bins, energies);
    // Rows are sampled by content, with all their copies: they are worth this many independent
    // ones.
    double worth = effective(copies) * energies.length / Arrays.stream(copies).sum();
    double noise =
        PopulationStability.noise(
            expected, actual, effective(runs(reference)), Math.max(1, worth), tail);
    return new EnergyDrift(PopulationStability.index(expected, actual), noise, energies.length);
  }

  private static long[] counts(Bins bins, double[] energies) {
    BinCounts counts = new BinCounts(bins);
    for (double energy : energies) {
      // An overflow counts as above all, not as missing.
      counts.add(Math.min(Double.MAX_VALUE, energy));
    }
    return counts.all();
  }

  /** The effective number of independent rows in clusters of sizes m (Kish 1965): (Σm)²/Σm². */
  static double effective(long[] clusters) {
    double sum = 0;
    double squares = 0;
    for (long size : clusters) {
      sum += size;
      squares += (double) size * size;
    }
    return sum * sum / squares;
  }

  private static long[] runs(double[] sorted) {
    long[] runs = new long[sorted.length];
    int last = -1;
    for (int i = 0; i < sorted.length; i++) {
      if (i == 0 || sorted[i] != sorted[i - 1]) {
        last++;
      }
      runs[last]++;
    }
    return Arrays.copyOf(runs, last + 1);
  }

  /**
   * The energies of a scan's sampled rows; rows with missing values are left out unless the model
   * imputes them.
   */
  static double[] energies(TableScan scan, Model model) {
    FeatureSettings features = model.config().features();
    RowEncoder encoder = features.encoder();
    int inputs = encoder.inputs();
    int[] places = places(scan, features.features().featureNames());
    List<double[]> rows =
        scan.sample().stream()
            .filter(
                row -> features.missing() == MissingValues.MEAN || isComplete(row, places, encoder))
            .toList();
    double[] energies = new double[rows.size()];
    try (RowEnergies open = model.open(Device.cpu())) {
      for (int from = 0; from < energies.length; from += BATCH) {
        List<double[]> batch = rows.subList(from, Math.min(energies.length, from + BATCH));
        float[] packed = new float[batch.size() * inputs];
        boolean[] far = new boolean[batch.size()];
        for (int row = 0; row < batch.size(); row++) {
          far[row] = !encoder.encode(batch.get(row), places, packed, row * inputs);
          encoder.zeroNonFinite(packed, row * inputs);
        }
        float[] found = open.energies(packed);
        for (int row = 0; row < found.length; row++) {
          // As in scoring, nothing is less usual than an overflow.
          boolean known = !far[row] && Float.isFinite(found[row]);
          energies[from + row] = known ? found[row] : Double.POSITIVE_INFINITY;
        }
      }
    }
    return energies;
  }

  private static int[] places(TableScan scan, List<String> names) {
    Map<String, Integer> known = Names.places(scan.features().featureNames());
    return names.stream().mapToInt(known::get).toArray();
  }

  private static boolean isComplete(double[] row, int[] places, RowEncoder encoder) {
    for (int i = 0; i < places.length; i++) {
      if (!Double.isFinite(row[places[i]]) && !encoder.takesMissing(i)) {
        return false;
      }
    }
    return true;
  }
}
