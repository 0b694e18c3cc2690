package io.ebmspark.spark.data.shards;

import java.io.Serializable;

/**
 * Cuts the unsigned 64-bit hashes into equal ranges, one per shard. As the hash is the first key of
 * the row order, every shard is a run of consecutive rows, whatever the number of shards.
 */
record HashRanges(int shards) implements Serializable {
  /** ⌊hash · shards / 2⁶⁴⌋, the hash being unsigned. */
  int shard(long hash) {
    // multiplyHigh treats the hash as signed, 2⁶⁴ too small if its top bit is set.
    return (int) (Math.multiplyHigh(hash, shards) + (hash < 0 ? shards : 0));
  }
}
