package io.ebmspark.spark.data.shards;

import java.io.Serializable;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Of each feature, the values it takes where they are few, as on a scale of fractional steps; what
 * is drawn for it is one of them.
 */
public final class FewValues implements Serializable {
  private static final long serialVersionUID = 1;

  /** Most values of a feature. */
  private static final int MOST = 256;

  /** Most values of all features, half a megabyte: of many features, fewer each. */
  private static final int MOST_IN_ALL = 1 << 16;

  /** Values are there this often on average; that there are few may be by chance otherwise. */
  private static final int COPIES = 5;

  private static final int FIRST_LENGTH = 4;

  private final int most;

  /** Ascending, as many as are counted; null of a feature that has more, or is not asked for. */
  private final double[] @Nullable [] values;

  private final int[] counts;

  /**
   * Of features whose values have not been seen yet.
   *
   * @param isAsked whether anyone will ask for them, by feature; of others nothing is kept
   */
  FewValues(boolean[] isAsked) {
    this.most = Math.min(MOST, MOST_IN_ALL / Math.max(1, isAsked.length));
    this.values = new double[isAsked.length][];
    this.counts = new int[isAsked.length];
    for (int i = 0; i < isAsked.length; i++) {
      values[i] = isAsked[i] ? new double[Math.min(most, FIRST_LENGTH)] : null;
    }
  }

  /** Adds a row's values; those that are missing tell nothing. */
  void add(double[] row) {
    for (int i = 0; i < row.length; i++) {
      if (Double.isFinite(row[i])) {
        add(i, row[i] + 0.0); // no zero has a sign
      }
    }
  }

  private void add(int feature, double value) {
    double[] known = values[feature];
    if (known == null) {
      return;
    }
    int count = counts[feature];
    int at = Arrays.binarySearch(known, 0, count, value);
    if (at >= 0) {
      return;
    }
    if (count == most) {
      values[feature] = null;
      return;
    }
    if (count == known.length) {
      known = Arrays.copyOf(known, Math.min(most, 2 * count));
      values[feature] = known;
    }
    System.arraycopy(known, ~at, known, ~at + 1, count - ~at);
    known[~at] = value;
    counts[feature]++;
  }

  /** Adds what was seen of other rows. */
  void merge(FewValues others) {
    for (int i = 0; i < values.length; i++) {
      double[] added = others.values[i];
      if (added == null) {
        values[i] = null;
      }
      for (int value = 0; added != null && value < others.counts[i]; value++) {
        add(i, added[value]);
      }
    }
  }

  /**
   * The values of a feature, ascending; none if they are not few, or all of several numbers of its
   * decimal places between the first and the last.
   *
   * @param rows that it was seen in
   * @param places as {@link Decimals} have them
   */
  double[] of(int feature, long rows, int places) {
    double[] known = values[feature];
    int count = counts[feature];
    if (known == null || count == 0 || rows < (long) COPIES * count) {
      return new double[0];
    }
    boolean hasGaps = count == 1 || Decimals.steps(known[0], known[count - 1], places) >= count;
    return hasGaps ? Arrays.copyOf(known, count) : new double[0];
  }

  /**
   * The nearest of some values; a number below the first or above the last stays what it is, unless
   * there is one value only, and so nothing to go on from.
   *
   * @param ascending the values; if there are none, every number stays
   */
  public static double nearest(double[] ascending, double number) {
    if (ascending.length == 1) {
      return ascending[0];
    }
    int at = Arrays.binarySearch(ascending, number);
    if (at >= 0 || ~at == 0 || ~at == ascending.length) {
      return number;
    }
    double below = ascending[~at - 1];
    double above = ascending[~at];
    return number - below <= above - number ? below : above;
  }
}
