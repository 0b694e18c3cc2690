package io.ebmspark.spark.data.shards;

import java.io.Serializable;
import java.util.Arrays;
import java.util.Comparator;

/**
 * A row's raw features and their hash, which together determine its place in the canonical order.
 *
 * <p>Rows are ordered by content because nothing else about them is fixed: files, splits and
 * executors deliver them in any order. The hash comes first so that the order is a random one, and
 * so that shards are ranges of hashes, which need no sampling; rows equal in all values are
 * interchangeable.
 */
public final class RowKey implements Serializable {
  private static final long GOLDEN_GAMMA = 0x9E3779B97F4A7C15L;

  private final long hash;
  private final double[] values;
  private final double weight;
  private final Side side;

  /** Where rows are held out by a column: whether the row is before its value, or from it on. */
  enum Side {
    /** Below it, or there is none. */
    BEFORE(0),
    FROM_ON(1),
    /** The row has no value in that column. */
    UNKNOWN(2);

    private final int code;

    Side(int code) {
      this.code = code;
    }

    /** A number to send it by. */
    int code() {
      return code;
    }

    static Side of(int code) {
      return code == 0 ? BEFORE : code == 1 ? FROM_ON : UNKNOWN;
    }
  }

  private RowKey(long hash, double[] values, double weight, Side side) {
    this.hash = hash;
    this.values = values;
    this.weight = weight;
    this.side = side;
  }

  /**
   * The key of these values, which it keeps, normalised in place to one form of zero and of NaN.
   */
  public static RowKey of(double[] values) {
    return of(values, 1, Side.BEFORE);
  }

  /**
   * The same of a row that counts for more or less than others, or is on another side; the hash
   * tells neither.
   */
  static RowKey of(double[] values, double weight, Side side) {
    long h = values.length;
    for (int i = 0; i < values.length; i++) {
      // −0.0 + 0.0 is 0.0: if both were kept, equal rows could differ in bits.
      double value = Double.isNaN(values[i]) ? Double.NaN : values[i] + 0.0;
      values[i] = value;
      h = mixed(h, value);
    }
    return new RowKey(h, values, weight + 0.0, side);
  }

  /** A key that was made before, and whose values are normalised. */
  static RowKey known(long hash, double[] values, double weight, Side side) {
    return new RowKey(hash, values, weight, side);
  }

  /** The key of a row whose array has the wrong length: no values, and the length as the hash. */
  static RowKey ofWrongLength(int length) {
    return new RowKey(length, new double[0], 1, Side.BEFORE);
  }

  /** The same with values of its own. */
  public RowKey copy() {
    return new RowKey(hash, values.clone(), weight, side);
  }

  /** The hash of the values. */
  public long hash() {
    return hash;
  }

  /** Whether another row holds the same. */
  boolean isEqualTo(RowKey other) {
    return hash == other.hash
        && side == other.side
        && Double.compare(weight, other.weight) == 0
        && Arrays.equals(values, other.values);
  }

  /** On which side the row is. */
  Side side() {
    return side;
  }

  /** What the row counts for. */
  double weight() {
    return weight;
  }

  /** The values, not copied. */
  public double[] values() {
    return values;
  }

  /**
   * SplitMix64's finaliser (Stafford's variant 13), chained over the values' bits. It is ours, not
   * Spark's or the JDK's, because a later version's hash could differ and train a different model;
   * for the same reason it must never change.
   */
  static long hash(double[] values) {
    long h = values.length;
    for (double value : values) {
      h = mixed(h, value);
    }
    return h;
  }

  private static long mixed(long h, double value) {
    return mix((h ^ Double.doubleToLongBits(value)) + GOLDEN_GAMMA);
  }

  private static long mix(long z) {
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }

  /** By hash, unsigned, then by the first value that differs, then by weight, then by side. */
  public static final class Order implements Comparator<RowKey>, Serializable {
    @Override
    public int compare(RowKey a, RowKey b) {
      int order = Long.compareUnsigned(a.hash, b.hash);
      if (order == 0) {
        order = Arrays.compare(a.values, b.values);
      }
      if (order == 0) {
        order = Double.compare(a.weight, b.weight);
      }
      return order != 0 ? order : a.side.compareTo(b.side);
    }
  }
}
