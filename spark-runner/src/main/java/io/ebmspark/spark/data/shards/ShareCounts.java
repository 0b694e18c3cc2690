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

  /** The same counts where equal rows count as one. */
  private final long[] differentCounts;

  private long differentCandidates;

  ShareCounts(double fraction) {
    this.fraction = fraction;
    this.counts = new long[fraction == 0 ? 0 : HoldOut.COUNTS];
    this.differentCounts = new long[counts.length];
  }

  /** Whether a number lies below the fraction. */
  boolean isCandidate(double number) {
    return number < fraction;
  }

  /** Adds some equal rows. */
  void add(double number, long rows) {
    if (fraction == 0) {
      return;
    }
    int bin = HoldOut.bin(number);
    if (bin >= 0) {
      counts[bin] += rows;
      differentCounts[bin]++;
    }
    if (isCandidate(number)) {
      candidates += rows;
      differentCandidates++;
    }
  }

  void merge(ShareCounts other) {
    candidates += other.candidates;
    differentCandidates += other.differentCandidates;
    for (int i = 0; i < counts.length; i++) {
      counts[i] += other.counts[i];
      differentCounts[i] += other.differentCounts[i];
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

  /** How many of those differ from each other. */
  long differentBelow(HoldOut share) {
    return share.share() == fraction ? differentCandidates : share.among(differentCounts);
  }
}
