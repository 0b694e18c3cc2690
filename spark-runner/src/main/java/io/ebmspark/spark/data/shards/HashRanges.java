package io.ebmspark.spark.data.shards;

import java.io.Serializable;

/**
 * Cuts the unsigned 64-bit hashes into equal ranges. As the hash is the first key of the row order,
 * every range is a run of consecutive rows, however many ranges there are.
 */
record HashRanges(int count) implements Serializable {
  /** The range of a hash: ⌊hash · count / 2⁶⁴⌋, the hash being unsigned. */
  int of(long hash) {
    // multiplyHigh treats the hash as signed, 2⁶⁴ too small if its top bit is set.
    return (int) (Math.multiplyHigh(hash, count) + (hash < 0 ? count : 0));
  }

  /** The first of these ranges that holds hashes of a range of others. */
  int first(int range, HashRanges others) {
    return (int) ((long) range * count / others.count);
  }

  /** The range after the last that does. */
  int end(int range, HashRanges others) {
    return (int) (((range + 1L) * count + others.count - 1) / others.count);
  }
}
