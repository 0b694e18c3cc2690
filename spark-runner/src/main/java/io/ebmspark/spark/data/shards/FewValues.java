package io.ebmspark.spark.data.shards;

import io.ebmspark.spark.data.DistinctValues;
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

  private final int most;

  /** The values of each feature; null where it has too many, or nobody asks for them. */
  private final @Nullable DistinctValues[] values;

  /**
   * No values yet.
   *
   * @param isAsked whether anyone will ask for them, by feature; of others nothing is kept
   */
  FewValues(boolean[] isAsked) {
    this.most = Math.min(MOST, MOST_IN_ALL / Math.max(1, isAsked.length));
    this.values = new DistinctValues[isAsked.length];
    for (int i = 0; i < isAsked.length; i++) {
      values[i] = isAsked[i] ? new DistinctValues() : null;
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
    DistinctValues known = values[feature];
    if (known == null || known.contains(value)) {
      return;
    }
    if (known.count() == most) {
      values[feature] = null;
    } else {
      known.add(value);
    }
  }

  /** Adds what was seen of other rows. */
  void merge(FewValues others) {
    for (int i = 0; i < values.length; i++) {
      DistinctValues added = others.values[i];
      if (added == null) {
        values[i] = null;
        continue;
      }
      for (double value : added.toArray()) {
        add(i, value);
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
    DistinctValues known = values[feature];
    if (known == null || known.count() == 0 || !DistinctValues.areFew(known.count(), rows)) {
      return new double[0];
    }
    double[] all = known.toArray();
    boolean hasGaps =
        all.length == 1 || Decimals.steps(all[0], all[all.length - 1], places) >= all.length;
    return hasGaps ? all : new double[0];
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
