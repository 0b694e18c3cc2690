package io.ebmspark.spark.data.shards;

import io.ebmspark.spark.data.HoldOutSettings;
import io.ebmspark.spark.data.Names;
import java.io.Serializable;
import java.util.List;
import java.util.Locale;

/**
 * Which rows are held out: those whose second hash, a number in [0, 1), is below a share.
 *
 * <p>It depends only on a row's content, so that a row held out tonight is held out tomorrow,
 * whatever rows are added or removed, and equal rows stay together. If a table is so large that
 * less than the requested fraction is held out, the share is taken from a fixed series with {@value
 * #STEPS_AN_OCTAVE} values per octave, so that tables of similar size have the same share.
 *
 * @param share 0 holds out no rows
 */
record HoldOut(double share) implements Serializable {
  /** Holds out no rows. */
  static final HoldOut NONE = new HoldOut(0);

  /**
   * If fewer would be held out, all rows are trained on: so few say nothing about rare energies.
   */
  static final int FEWEST_ROWS = 10;

  /** Of fewer that differ, equal rows staying together, it is chance how usual they are. */
  private static final int FEWEST_DIFFERENT_ROWS = 30;

  private static final int STEPS_AN_OCTAVE = 8;

  /** The series, from one half down to below 10⁻⁹. */
  private static final double[] SERIES = new double[30 * STEPS_AN_OCTAVE];

  static {
    for (int i = 0; i < SERIES.length; i++) {
      // StrictMath, since a last bit that depends on the machine would change the share.
      SERIES[i] = StrictMath.pow(2, -1 - (double) i / STEPS_AN_OCTAVE);
    }
  }

  /** The number of bins. */
  static final int COUNTS = SERIES.length;

  /**
   * MurmurHash3's finaliser over the row's hash, as a number in [0, 1): a different mix from the
   * one that orders the rows. It must never change, for the same reason as that one.
   */
  static double secondHash(long hash) {
    long z = hash + 0x9E3779B97F4A7C15L;
    z = (z ^ (z >>> 33)) * 0xFF51AFD7ED558CCDL;
    z = (z ^ (z >>> 33)) * 0xC4CEB9FE1A85EC53L;
    return ((z ^ (z >>> 33)) >>> 11) * 0x1p-53;
  }

  boolean isNone() {
    return share == 0;
  }

  /**
   * The bin, between two neighbouring shares of the series, of a second hash; −1 for one above the
   * largest share.
   */
  static int bin(double second) {
    int low = 0; // SERIES[low − 1] > second ≥ SERIES[low]
    int high = SERIES.length;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (second < SERIES[middle]) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low - 1;
  }

  /**
   * What to hold out of a table. A smaller fraction or limit holds out a subset of a larger one's
   * rows.
   *
   * @param rows number of rows in the table
   * @param candidates number of rows whose second hash is below the fraction
   * @param counts of all rows by {@link #bin}
   */
  static HoldOut of(HoldOutSettings settings, long rows, long candidates, long[] counts) {
    if (isTooSmall(settings, rows) || isTooUneven(settings, rows, candidates)) {
      return NONE;
    }
    int i = within(settings.most(), counts);
    return i == SERIES.length ? NONE : new HoldOut(Math.min(settings.fraction(), SERIES[i]));
  }

  /**
   * What to hold out of the rows from a column's value on: all of them, unless they are too many.
   *
   * @param rows their number
   * @param counts of them
   */
  static HoldOut fromOn(HoldOutSettings settings, long rows, long[] counts) {
    return rows <= settings.most()
        ? new HoldOut(1)
        : new HoldOut(SERIES[Math.min(SERIES.length - 1, within(settings.most(), counts))]);
  }

  /** The largest share of the series that holds out at most so many rows. */
  private static int within(long most, long[] counts) {
    long below = 0;
    int i = SERIES.length;
    while (i > 0 && below + counts[i - 1] <= most) {
      below += counts[--i];
    }
    return i;
  }

  /** The number of rows held out, for a share of the series. */
  long among(long[] counts) {
    long rows = 0;
    for (int i = counts.length - 1; i >= 0 && SERIES[i] <= share; i--) {
      rows += counts[i];
    }
    return rows;
  }

  /** What the user should know about it. */
  static List<String> notices(HoldOutSettings settings, long rows, long heldOut) {
    if (!settings.isOn()) {
      return List.of();
    }
    if (heldOut > 0) {
      return List.of(
          String.format(
              Locale.ROOT,
              "%d of %d rows%s are held out from training: thresholds for false-positive rates from"
                  + " %.2g up",
              heldOut,
              rows,
              settings.byColumn() ? ", " + settings.describe() + "," : "",
              1.0 / (heldOut + 1)));
    }
    String reason =
        isTooSmall(settings, rows)
            ? "data.holdOut.fraction of them is fewer than " + FEWEST_ROWS
            : "too many of them are equal, and equal rows stay together";
    return List.of(
        "none of "
            + Names.count(rows, "row")
            + " is held out, since "
            + reason
            + ": the model will have no p-values, and its percentiles are among the rows it was"
            + " trained on");
  }

  /**
   * Warns where rows that are held out by their content are copies of a few: then their energies
   * may all be low, or high, beside those of the rows trained on.
   *
   * @param different how many of them differ
   */
  static List<String> noticesOfCopies(HoldOutSettings settings, long heldOut, long different) {
    if (settings.byColumn() || different >= FEWEST_DIFFERENT_ROWS || 2 * different >= heldOut) {
      return List.of();
    }
    return List.of(
        "the "
            + Names.count(heldOut, "row")
            + " held out "
            + (different == 1 ? "are copies of one row" : "are copies of " + different + " rows")
            + ", since equal rows stay together: far more or fewer rows may be flagged than a"
            + " threshold says; hold out rows by a column (data.holdOut.column), or add columns"
            + " that tell rows apart");
  }

  /** Whether a table has so few rows that the held-out ones would say nothing. */
  static boolean isTooSmall(HoldOutSettings settings, long rows) {
    return rows * settings.fraction() < FEWEST_ROWS;
  }

  /** Whether equal rows, which stay together, would hold out far more than intended. */
  static boolean isTooUneven(HoldOutSettings settings, long rows, long candidates) {
    double meant = rows * settings.fraction();
    return candidates > Math.min(2 * meant + FEWEST_ROWS, 0.75 * rows);
  }
}
