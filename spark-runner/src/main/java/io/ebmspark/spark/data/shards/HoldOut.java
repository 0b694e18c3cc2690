package io.ebmspark.spark.data.shards;

import io.ebmspark.spark.data.HoldOutSettings;
import io.ebmspark.spark.data.Names;
import java.io.Serializable;
import java.util.List;
import java.util.Locale;

/**
 * Which rows are held out: those whose second hash, a number from 0 to 1, is below a share.
 *
 * <p>It depends on what a row holds alone, so that a row held out tonight is held out tomorrow,
 * whatever rows have come or gone, and rows that are equal go together. Where a table is so large
 * that fewer than the wished-for share are held out, the share is one of a fixed series, {@value
 * #STEPS_AN_OCTAVE} an octave: tables of about one size have the same.
 *
 * @param share 0 for none
 */
record HoldOut(double share) implements Serializable {
  /** No row. */
  static final HoldOut NONE = new HoldOut(0);

  /** Where fewer would be held out, all are trained on: so few tell nothing of rare energies. */
  static final int FEWEST_ROWS = 10;

  private static final int STEPS_AN_OCTAVE = 8;

  /** The series, from one half down to below 10⁻⁹. */
  private static final double[] SERIES = new double[30 * STEPS_AN_OCTAVE];

  static {
    for (int i = 0; i < SERIES.length; i++) {
      // StrictMath, since another machine's last bit would be another share.
      SERIES[i] = StrictMath.pow(2, -1 - (double) i / STEPS_AN_OCTAVE);
    }
  }

  /** The number of counts that {@link #count} keeps. */
  static final int COUNTS = SERIES.length;

  /**
   * MurmurHash3's finaliser over the row's hash, as a number in [0, 1): another mix than the one
   * the order of rows is made of. For the reason that one has it must never change.
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

  /** Whether a row is held out. */
  boolean holds(RowKey row) {
    return secondHash(row.hash()) < share;
  }

  /** Counts a row with those whose second hash lies between the same two shares of the series. */
  static void count(long hash, long[] counts) {
    countNumber(secondHash(hash), counts);
  }

  /** Counts a number likewise. */
  static void countNumber(double second, long[] counts) {
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
    if (low > 0) {
      counts[low - 1]++;
    }
  }

  /**
   * What is held out of a table. A smaller fraction's rows, or a smaller limit's, are among a
   * larger one's.
   *
   * @param rows of the table
   * @param candidates those whose second hash is below the fraction
   * @param counts of all rows, as {@link #count} makes them
   */
  static HoldOut of(HoldOutSettings settings, long rows, long candidates, long[] counts) {
    if (isTooSmall(settings, rows) || isTooUneven(settings, rows, candidates)) {
      return NONE;
    }
    long below = 0;
    int i = SERIES.length;
    while (i > 0 && below + counts[i - 1] <= settings.most()) {
      below += counts[--i];
    }
    return i == SERIES.length ? NONE : new HoldOut(Math.min(settings.fraction(), SERIES[i]));
  }

  /** The rows held out, where the share is of the series. */
  long among(long[] counts) {
    long rows = 0;
    for (int i = counts.length - 1; i >= 0 && SERIES[i] <= share; i--) {
      rows += counts[i];
    }
    return rows;
  }

  /** What a person should know of it. */
  static List<String> notices(HoldOutSettings settings, long rows, long heldOut) {
    if (settings.fraction() == 0) {
      return List.of();
    }
    if (heldOut > 0) {
      return List.of(
          String.format(
              Locale.ROOT,
              "%d of %d rows are held out, not trained on: thresholds for false-positive rates from"
                  + " %.2g up",
              heldOut,
              rows,
              1.0 / (heldOut + 1)));
    }
    String reason =
        isTooSmall(settings, rows)
            ? "data.holdOut.fraction of them is fewer than " + FEWEST_ROWS
            : "too many of them are equal, and would go together";
    return List.of(
        "none of "
            + Names.count(rows, "row")
            + " is held out, since "
            + reason
            + ": the model will have no p-values, and percentiles among the rows it was trained on");
  }

  /** Whether a table has so few rows that those held out would tell nothing. */
  static boolean isTooSmall(HoldOutSettings settings, long rows) {
    return rows * settings.fraction() < FEWEST_ROWS;
  }

  /** Whether rows that are equal, and go together, would take far more along than was meant. */
  static boolean isTooUneven(HoldOutSettings settings, long rows, long candidates) {
    double meant = rows * settings.fraction();
    return candidates > Math.min(2 * meant + FEWEST_ROWS, 0.75 * rows);
  }
}
