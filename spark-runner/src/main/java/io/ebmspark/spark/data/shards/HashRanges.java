package io.ebmspark.spark.data.shards;

import org.apache.spark.Partitioner;

/**
 * Cuts the unsigned 64-bit hashes into equal ranges, one per shard. As the hash is the first key of
 * the row order, every shard is a run of consecutive rows, whatever the number of shards.
 */
final class HashRanges extends Partitioner {
  private final int shards;

  HashRanges(int shards) {
    this.shards = shards;
  }

  @Override
  public int numPartitions() {
    return shards;
  }

  @Override
  public int getPartition(Object key) {
    return shard(((RowKey) key).hash());
  }

  /** ⌊hash · shards / 2⁶⁴⌋, the hash being unsigned. */
  int shard(long hash) {
    // multiplyHigh treats the hash as signed, 2⁶⁴ too small if its top bit is set.
    return (int) (Math.multiplyHigh(hash, shards) + (hash < 0 ? shards : 0));
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof HashRanges ranges && ranges.shards == shards;
  }

  @Override
  public int hashCode() {
    return shards;
  }
}
