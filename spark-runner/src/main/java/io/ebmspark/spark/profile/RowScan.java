package io.ebmspark.spark.profile;

import io.ebmspark.spark.data.DistinctValues;
import io.ebmspark.spark.data.shards.RowKey;
import java.io.Serializable;
import java.util.ArrayList;
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

  /** More different texts than this make bins of their codes. */
  static final int MOST_TEXTS = 200;

  long rows;
  long wrongLengths;

  /** Sums of the rows' hashes, and of the hashes mixed once more. */
  long hashes;

  long mixed;

  /** The indices of a row's values that are examined. */
  final int[] places;

  final double[] min;
  final double[] max;

  /** The distinct values of each, up to one more than the most categories. */
  final DistinctValues[] values;

  final boolean[] isText;

  /** What the values of each place are called, in their order, where they are text. */
  final List<List<String>> texts = new ArrayList<>();

  /** Counts of each column in the bins of each reference. */
  final BinCounts[][] counts;

  final RowSample sample;

  /**
   * No rows yet.
   *
   * @param isText whether the values at each place are text
   */
  RowScan(int[] places, boolean[] isText, List<List<Bins>> references, int sampled) {
    this.places = places;
    this.min = new double[places.length];
    this.max = new double[places.length];
    this.values = new DistinctValues[places.length];
    this.isText = isText;
    this.counts = references.stream().map(BinCounts::of).toArray(BinCounts[][]::new);
    this.sample = new RowSample(sampled);
    for (int i = 0; i < places.length; i++) {
      values[i] = new DistinctValues();
      texts.add(new ArrayList<>());
    }
    Arrays.fill(min, Double.POSITIVE_INFINITY);
    Arrays.fill(max, Double.NEGATIVE_INFINITY);
  }

  /** Adds a row, as often as it is there. */
  void add(ScannedRows row) {
    RowKey key = row.key();
    long copies = row.copies();
    rows += copies;
    wrongLengths += row.hasWrongLength() ? copies : 0;
    hashes += copies * key.hash();
    mixed += copies * mix(key.hash());
    double[] all = key.values();
    for (int i = 0; i < places.length; i++) {
      double value = all[places[i]];
      for (BinCounts[] reference : counts) {
        reference[i].add(value, copies);
      }
      if (Double.isFinite(value)) {
        min[i] = Math.min(min[i], value);
        max[i] = Math.max(max[i], value);
        if (values[i].count() <= most(i)) {
          int place = values[i].add(value);
          if (place >= 0 && isText[i]) {
            texts.get(i).add(place, row.text(places[i]));
          }
        }
      }
    }
    if (sample.takes(key.hash())) {
      sample.add(key.copy(), copies);
    }
  }

  /** How many different values there may be for each to be a bin. */
  int most(int i) {
    return isText[i] ? MOST_TEXTS : MOST_CATEGORIES;
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
      for (int j = 0; j < other.values[i].count() && values[i].count() <= most(i); j++) {
        int place = values[i].add(other.values[i].get(j));
        if (place >= 0 && isText[i]) {
          texts.get(i).add(place, other.texts.get(i).get(j));
        }
      }
    }
    for (int i = 0; i < counts.length; i++) {
      BinCounts.merge(counts[i], other.counts[i]);
    }
    sample.merge(other.sample);
    return this;
  }
}
