package io.ebmspark.spark.data.shards;

import java.io.Serializable;

/**
 * Of each feature, the decimal places that its values have, so that prices which are drawn have two
 * and counts none, whatever type their column is of.
 */
public final class Decimals implements Serializable {
  private static final long serialVersionUID = 1;

  /** More places than are told apart: the values are not decimal. */
  public static final int NONE = -1;

  /** Powers of ten, by places. */
  private static final double[] TENS = {1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6};

  private static final int MOST = TENS.length - 1;

  private final int[] places;

  /** The places of features whose values have not been seen yet. */
  Decimals(int width) {
    this.places = new int[width];
  }

  /** Adds a row's values; those that are missing tell nothing. */
  void add(double[] values) {
    for (int i = 0; i < values.length; i++) {
      double value = values[i];
      while (places[i] <= MOST && Double.isFinite(value) && !isRounded(value, places[i])) {
        places[i]++;
      }
    }
  }

  /** Adds what was seen of other rows. */
  void merge(Decimals others) {
    for (int i = 0; i < places.length; i++) {
      places[i] = Math.max(places[i], others.places[i]);
    }
  }

  /** The places of a feature, 6 at most, or {@link #NONE}. */
  int of(int feature) {
    return places[feature] <= MOST ? places[feature] : NONE;
  }

  /** Whether a number, or the float that it is, has no more places, but for what sums round. */
  private static boolean isRounded(double value, int places) {
    double nearest = round(value, places);
    return Math.abs(nearest - value) <= 2 * Math.ulp(value)
        || ((float) value == value && (float) nearest == value);
  }

  /**
   * How many numbers of so many places lie beyond one up to another; infinite for {@link #NONE}.
   */
  static double steps(double from, double to, int places) {
    return places == NONE ? Double.POSITIVE_INFINITY : Math.rint((to - from) * TENS[places]);
  }

  /** The nearest number of so many decimal places; the same one if they are {@link #NONE}. */
  public static double round(double value, int places) {
    return places == NONE ? value : Math.rint(value * TENS[places]) / TENS[places] + 0.0;
  }
}
