package io.ebmspark.spark.data;

import java.io.Serializable;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;

/**
 * Counts and moments of the features over some rows, and a fingerprint of the rows. Rows are added
 * in order, parts merged in order, so that the bits repeat.
 *
 * <p>Means and squared deviations are kept by Welford's update and merged by Chan, Golub and
 * LeVeque (1983, equation 2.1). The fingerprint is the sum modulo 2²⁵⁶ of each row's SHA-256: the
 * same however the rows are spread.
 */
final class ColumnStatistics implements Serializable {
  private static final long serialVersionUID = 1;
  private static final BigInteger MODULUS = BigInteger.ONE.shiftLeft(256);

  long rows;
  long incompleteRows;
  final long[] missing;
  final long[] present;
  final double[] mean;
  final double[] deviations;
  final double[] lowest;
  final double[] highest;
  BigInteger digests = BigInteger.ZERO;

  ColumnStatistics(int width) {
    missing = new long[width];
    present = new long[width];
    mean = new double[width];
    deviations = new double[width];
    lowest = new double[width];
    highest = new double[width];
    Arrays.fill(lowest, Double.POSITIVE_INFINITY);
    Arrays.fill(highest, Double.NEGATIVE_INFINITY);
  }

  /**
   * Adds a row.
   *
   * @param skipIncomplete whether a row that lacks a number is counted, and otherwise left out
   */
  void add(double[] row, boolean skipIncomplete) {
    rows++;
    boolean incomplete = false;
    for (int i = 0; i < row.length; i++) {
      if (!Double.isFinite(row[i])) {
        missing[i]++;
        incomplete = true;
      }
    }
    incompleteRows += incomplete ? 1 : 0;
    if (incomplete && skipIncomplete) {
      return;
    }
    for (int i = 0; i < row.length; i++) {
      double x = row[i];
      if (!Double.isFinite(x)) {
        continue;
      }
      present[i]++;
      double before = x - mean[i];
      mean[i] += before / present[i];
      deviations[i] += before * (x - mean[i]);
      lowest[i] = Math.min(lowest[i], x);
      highest[i] = Math.max(highest[i], x);
    }
  }

  /** Adds a row's digest to the fingerprint; the caller keeps the digest object for many rows. */
  void addDigest(double[] row, MessageDigest sha) {
    ByteBuffer bytes = ByteBuffer.allocate(8 * row.length);
    for (double value : row) {
      bytes.putDouble(value);
    }
    digests = digests.add(new BigInteger(1, sha.digest(bytes.array()))).mod(MODULUS);
  }

  void merge(ColumnStatistics other) {
    rows += other.rows;
    incompleteRows += other.incompleteRows;
    digests = digests.add(other.digests).mod(MODULUS);
    for (int i = 0; i < mean.length; i++) {
      missing[i] += other.missing[i];
      long total = present[i] + other.present[i];
      if (other.present[i] > 0) {
        double gap = other.mean[i] - mean[i];
        double share = (double) other.present[i] / total;
        deviations[i] += other.deviations[i] + gap * gap * present[i] * share;
        mean[i] += gap * share;
      }
      present[i] = total;
      lowest[i] = Math.min(lowest[i], other.lowest[i]);
      highest[i] = Math.max(highest[i], other.highest[i]);
    }
  }

  double standardDeviation(int i) {
    return Math.sqrt(deviations[i] / present[i]);
  }

  boolean isConstant(int i) {
    return lowest[i] == highest[i];
  }

  static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
