package io.ebmspark.spark.data.shards;

import io.ebmspark.spark.data.HoldOutSettings;
import java.io.Serializable;

/**
 * Of a table's rows, each with a number from 0 to 1: how many lie below a fraction, and below each
 * share of {@link HoldOut}'s series.
 */
final class ShareCounts implements Serializable {
  /** Nothing is counted where this is 0. */
  final double fraction;

  private final long[] counts;
  private long candidates;

  ShareCounts(double fraction) {
    this.fraction = fraction;
    this.counts = new long[fraction == 0 ? 0 : HoldOut.COUNTS];
  }

  /** Whether a number lies below the fraction. */
  boolean isCandidate(double number) {
    return number < fraction;
  }

  /** Adds some rows with the same number. */
  void add(double number, long rows) {
    if (fraction > 0) {
      HoldOut.count(number, rows, counts);
      candidates += isCandidate(number) ? rows : 0;
    }
  }

  void merge(ShareCounts other) {
    candidates += other.candidates;
    for (int i = 0; i < counts.length; i++) {
      counts[i] += other.counts[i];
    }
  }

  /** The share to take of the rows. */
  HoldOut share(HoldOutSettings settings, long rows) {
    return HoldOut.of(settings, rows, candidates, counts);
  }

  /** The rows below the fraction. */
  long candidates() {
    return candidates;
  }

  /** The share to take of rows that are all candidates. */
  HoldOut shareOfAll(HoldOutSettings settings) {
    return HoldOut.fromOn(settings, candidates, counts);
  }

  /** The rows below a share that is the fraction, or of the series. */
  long below(HoldOut share) {
    return share.share() == fraction ? candidates : share.among(counts);
  }
}
