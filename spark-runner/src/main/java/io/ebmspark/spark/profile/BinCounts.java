package io.ebmspark.spark.profile;

import java.io.Serializable;
import java.util.Arrays;

/**
 * Counts of one column's values: in each bin, missing, below all bins and above all bins. For
 * categories, any other value counts as below.
 */
public final class BinCounts implements Serializable {
  private static final long serialVersionUID = 1;

  private final boolean categories;
  private final double[] edges;
  private final int bins;

  /** The bins, then {@link #nulls}, {@link #below} and {@link #above}. */
  private final long[] counts;

  /** Counts of no values so far. */
  public BinCounts(Bins bins) {
    this.categories = bins.categories();
    this.edges = bins.edges().stream().mapToDouble(Double::doubleValue).toArray();
    this.bins = bins.size();
    this.counts = new long[this.bins + 3];
  }

  /** Counts a value; NaN and infinities count as missing. */
  public void add(double value) {
    counts[slot(value)]++;
  }

  private int slot(double value) {
    if (!Double.isFinite(value)) {
      return bins;
    }
    int at = Arrays.binarySearch(edges, value);
    if (categories) {
      return at >= 0 ? at : bins + 1;
    }
    if (bins == 0 || value > edges[bins]) {
      return bins + 2;
    }
    if (value < edges[0]) {
      return bins + 1;
    }
    return Math.min(bins - 1, at >= 0 ? at : -at - 2);
  }

  /** Adds the counts of other rows. */
  void merge(BinCounts other) {
    for (int i = 0; i < counts.length; i++) {
      counts[i] += other.counts[i];
    }
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
