package io.ebmspark.spark.profile;

import java.io.Serializable;
import java.util.Arrays;
import java.util.List;

/**
 * Counts of one column's values: in each bin, missing, below all bins and above all bins. For
 * categories, any other value counts as below.
 */
public final class BinCounts implements Serializable {
  private static final long serialVersionUID = 1;

  private final boolean categories;

  /** The edges, filled up with infinities to one less than a power of two. */
  private final double[] edges;

  private final int bins;

  /** The bins, then {@link #nulls}, {@link #below} and {@link #above}. */
  private final long[] counts;

  /** Counts of no values so far. */
  public BinCounts(Bins bins) {
    this.categories = bins.categories();
    int known = bins.edges().size();
    this.edges = new double[(1 << (Integer.SIZE - Integer.numberOfLeadingZeros(known))) - 1];
    Arrays.fill(edges, Double.POSITIVE_INFINITY);
    for (int i = 0; i < known; i++) {
      edges[i] = bins.edges().get(i);
    }
    this.bins = bins.size();
    this.counts = new long[this.bins + 3];
  }

  /** No values yet of several columns. */
  static BinCounts[] of(List<Bins> columns) {
    return columns.stream().map(BinCounts::new).toArray(BinCounts[]::new);
  }

  /** Counts a value; NaN and infinities count as missing. */
  public void add(double value) {
    add(value, 1);
  }

  /** Counts a value that is there so many times. */
  void add(double value, long copies) {
    counts[slot(value)] += copies;
  }

  private int slot(double value) {
    if (!Double.isFinite(value)) {
      return bins;
    }
    int at = notAbove(value) - 1;
    if (categories) {
      return at >= 0 && edges[at] == value ? at : bins + 1;
    }
    if (bins == 0 || value > edges[bins]) {
      return bins + 2;
    }
    return at < 0 ? bins + 1 : Math.min(bins - 1, at);
  }

  /** How many edges are at most a value, in as many steps for each, which nothing need guess. */
  private int notAbove(double value) {
    int found = 0;
    for (int half = (edges.length + 1) / 2; half > 0; half /= 2) {
      found += edges[found + half - 1] <= value ? half : 0;
    }
    return found;
  }

  /** Adds the counts of other rows. */
  void merge(BinCounts other) {
    for (int i = 0; i < counts.length; i++) {
      counts[i] += other.counts[i];
    }
  }

  /** Adds the counts of other rows to those of the same columns. */
  static BinCounts[] merge(BinCounts[] columns, BinCounts[] others) {
    for (int i = 0; i < columns.length; i++) {
      columns[i].merge(others[i]);
    }
    return columns;
  }

  /** Values in each bin. */
  public long[] inBins() {
    return Arrays.copyOf(counts, bins);
  }

  /** Values in each bin, then missing values, values below and values above. */
  public long[] all() {
    return counts.clone();
  }

  /** Missing values. */
  public long nulls() {
    return counts[bins];
  }

  /** Values below all bins; for categories, values that are none of them. */
  public long below() {
    return counts[bins + 1];
  }

  /** Values above all bins. */
  public long above() {
    return counts[bins + 2];
  }
}
