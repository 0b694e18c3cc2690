package io.ebmspark.core.drift;

import java.util.Arrays;

/** Checks of a pair of histograms over the same bins. */
final class Counts {
  private Counts() {}

  /**
   * Rejects counts that are not two histograms over the same bins, of at least one value each.
   *
   * @throws IllegalArgumentException if lengths differ, a count is negative, or one is empty
   */
  static void check(long[] expected, long[] actual) {
    if (expected.length != actual.length) {
      throw new IllegalArgumentException(
          "the same bins are needed, got " + expected.length + " and " + actual.length);
    }
    for (long[] counts : new long[][] {expected, actual}) {
      if (Arrays.stream(counts).anyMatch(count -> count < 0) || total(counts) < 1) {
        throw new IllegalArgumentException(
            "counts of values are needed, got " + Arrays.toString(counts));
      }
    }
  }

  static long total(long[] counts) {
    return Arrays.stream(counts).sum();
  }

  /**
   * The degrees of freedom of a chi-square statistic of the two: the bins that are not empty in
   * both, less one.
   */
  static int freedom(long[] expected, long[] actual) {
    int filled = 0;
    for (int i = 0; i < expected.length; i++) {
      filled += expected[i] + actual[i] > 0 ? 1 : 0;
    }
    return filled - 1;
  }
}
