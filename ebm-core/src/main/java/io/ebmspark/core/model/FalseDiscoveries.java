package io.ebmspark.core.model;

/**
 * Which of many rows to flag so that, of those flagged, a share of at most q is expected to be
 * usual: the procedure of Benjamini and Hochberg (1995), which keeps q for conformal p-values too
 * (Bates et al., arXiv 2104.08279, theorem 2).
 */
public final class FalseDiscoveries {
  private FalseDiscoveries() {}

  /**
   * The largest rank whose rows are flagged, with those of all smaller ones: the largest k with
   * k/(n+1) ≤ q · #{rows of rank ≤ k} / m, m being all rows.
   *
   * @param counts the number of rows at each rank 1 … n+1 of a {@link Calibration}, rank 1 first
   * @return 0 if no row is flagged
   */
  public static int rank(long[] counts, double falseDiscoveryRate) {
    long all = 0;
    for (long count : counts) {
      all += count;
    }
    int largest = 0;
    long rows = 0;
    for (int i = 0; i < counts.length; i++) {
      rows += counts[i];
      if (rows > 0 && (i + 1.0) / counts.length * all <= falseDiscoveryRate * rows) {
        largest = i + 1;
      }
    }
    return largest;
  }

  /**
   * The fewest rows that must share the smallest p-value for any of them to be flagged by it.
   *
   * @param rows tested at once
   * @param heldOut the calibration's n
   */
  public static long fewest(long rows, int heldOut, double falseDiscoveryRate) {
    return (long) Math.ceil(rows / ((heldOut + 1.0) * falseDiscoveryRate));
  }
}
