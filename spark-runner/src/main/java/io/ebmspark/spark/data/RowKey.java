package io.ebmspark.spark.data;

import java.io.Serializable;
import java.util.Arrays;
import org.apache.spark.Partitioner;

/**
 * A row by its content: the values, and a hash that orders them.
 *
 * <p>Rows are put in the order of their hashes, equal hashes in the order of their values. So the
 * order, and with it every bit of training, depends on what the table holds and on nothing else:
 * not on its files, on how Spark splits them, or on the size of the cluster. It is a random order
 * as well, so that consecutive rows are a fair sample.
 */
final class RowKey implements Serializable, Comparable<RowKey> {
  private static final long serialVersionUID = 1;
  private static final long NAN_BITS = Double.doubleToLongBits(Double.NaN);

  private final long hash;
  private final double[] values;

  RowKey(double[] values) {
    long mixed = values.length;
    for (int i = 0; i < values.length; i++) {
      values[i] += 0.0; // −0 becomes 0: equal values must hash alike
      mixed = mix(mixed ^ bits(values[i])) + 0x9E3779B97F4A7C15L;
    }
    this.hash = mix(mixed);
    this.values = values;
  }

  double[] values() {
    return values;
  }

  private static long bits(double value) {
    return Double.isNaN(value) ? NAN_BITS : Double.doubleToRawLongBits(value);
  }

  /** The finaliser of SplitMix64 (Steele, Lea and Flood 2014). */
  private static long mix(long z) {
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }

  @Override
  public int compareTo(RowKey other) {
    int byHash = Long.compareUnsigned(hash, other.hash);
    return byHash != 0 ? byHash : Arrays.compare(values, other.values);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof RowKey key && compareTo(key) == 0;
  }

  @Override
  public int hashCode() {
    return Long.hashCode(hash);
  }

  /** Cuts the range of hashes into equal parts: a shard is a run of consecutive rows. */
  static final class ByRange extends Partitioner {
    private static final long serialVersionUID = 1;

    private final int shards;

    ByRange(int shards) {
      this.shards = shards;
    }

    @Override
    public int numPartitions() {
      return shards;
    }

    @Override
    public int getPartition(Object key) {
      // The high half of hash·shards: which of `shards` equal ranges an unsigned hash falls in.
      long hash = ((RowKey) key).hash;
      long high = Math.multiplyHigh(hash, (long) shards) + (hash < 0 ? shards : 0);
      return (int) high;
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof ByRange range && range.shards == shards;
    }

    @Override
    public int hashCode() {
      return shards;
    }
  }
}
