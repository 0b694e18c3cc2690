package io.ebmspark.spark.data.shards;

import org.apache.spark.Partitioner;

/**
 * Cuts the unsigned 64-bit hashes into equal ranges, a shard each. Ranges of the order's first key
 * make every shard a run of consecutive rows, whatever the number of shards.
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
    // multiplyHigh takes the hash as signed: 2⁶⁴ too little where its top bit is set.
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
