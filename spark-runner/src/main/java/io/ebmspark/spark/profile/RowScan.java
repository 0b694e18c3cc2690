package io.ebmspark.spark.profile;

import io.ebmspark.spark.data.shards.RowKey;
import java.io.Serializable;
import java.util.Arrays;
import java.util.List;

/**
 * What one pass over rows collects: counts, extremes, sets and sums modulo 2⁶⁴, so that neither the
 * order of rows nor their partitions change a bit.
 */
final class RowScan implements Serializable {
  private static final long serialVersionUID = 1;

  /** A column with more distinct values than this is binned by ranges. */
  static final int MOST_CATEGORIES = 20;

  long rows;
  long wrongLengths;

  /** Sums of the rows' hashes, and of the hashes mixed once more. */
  long hashes;

  long mixed;

  /** The indices of a row's values that are examined. */
  final int[] places;

  final double[] min;
  final double[] max;

  /** The distinct values of each, ascending, up to one more than the most categories. */
  final double[][] values;

  /** Counts in the bins of a reference; of length zero without one. */
  final BinCounts[] counts;

  final RowSample sample;

  RowScan(int[] places, List<Bins> reference, int sampled) {
    this.places = places;
    this.min = new double[places.length];
    this.max = new double[places.length];
    this.values = new double[places.length][0];
    this.counts = reference.stream().map(BinCounts::new).toArray(BinCounts[]::new);
    this.sample = new RowSample(sampled);
    Arrays.fill(min, Double.POSITIVE_INFINITY);
    Arrays.fill(max, Double.NEGATIVE_INFINITY);
  }

  /**
   * Adds a row; returns true if it was kept, in which case its values must not be changed any more.
   */
  boolean add(RowKey row) {
    rows++;
    hashes += row.hash();
    mixed += mix(row.hash());
    double[] all = row.values();
    for (int i = 0; i < places.length; i++) {
      double value = all[places[i]];
      if (counts.length > 0) {
        counts[i].add(value);
      }
      if (Double.isFinite(value)) {
        min[i] = Math.min(min[i], value);
        max[i] = Math.max(max[i], value);
        if (values[i].length <= MOST_CATEGORIES) {
          values[i] = with(values[i], value);
        }
      }
    }
    if (sample.takes(row.hash())) {
      sample.add(row);
      return true;
    }
    return false;
  }

  private static double[] with(double[] values, double value) {
    int at = Arrays.binarySearch(values, value);
    if (at >= 0) {
      return values;
    }
    double[] more = new double[values.length + 1];
    int place = -at - 1;
    System.arraycopy(values, 0, more, 0, place);
    more[place] = value;
    System.arraycopy(values, place, more, place + 1, values.length - place);
    return more;
  }

  /** Half of MurmurHash3's finaliser: another hash of a hash. */
  private static long mix(long hash) {
    long h = (hash ^ (hash >>> 33)) * 0xFF51AFD7ED558CCDL;
    return (h ^ (h >>> 33)) * 0xC4CEB9FE1A85EC53L;
  }

  RowScan merge(RowScan other) {
    rows += other.rows;
    wrongLengths += other.wrongLengths;
    hashes += other.hashes;
    mixed += other.mixed;
    for (int i = 0; i < places.length; i++) {
      min[i] = Math.min(min[i], other.min[i]);
      max[i] = Math.max(max[i], other.max[i]);
      for (double value : other.values[i]) {
        if (values[i].length <= MOST_CATEGORIES) {
          values[i] = with(values[i], value);
        }
      }
    }
    for (int i = 0; i < counts.length; i++) {
      counts[i].merge(other.counts[i]);
    }
    sample.merge(other.sample);
    return this;
  }
}
