package io.ebmspark.spark.data.shards;

import java.io.Serializable;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaRDD;

/**
 * Where the canonical order is cut into shards: at the limits of ranges of hashes or, where equal
 * rows make these uneven, so that every shard has as many rows as the next.
 *
 * @param ranges rows before each range of hashes, and all rows at the end
 * @param shards rows before each shard, and all rows at the end
 */
record ShardCuts(long[] ranges, long[] shards) implements Serializable {
  /** Distinct rows are spread more evenly than this, but for chance beyond any table. */
  private static final int FACTOR = 2;

  private static final int SLACK = 64;

  /**
   * The cuts of a table.
   *
   * @param rows of each range of hashes
   */
  static ShardCuts of(long[] rows) {
    long[] ranges = new long[rows.length + 1];
    long most = 0;
    for (int i = 0; i < rows.length; i++) {
      ranges[i + 1] = ranges[i] + rows[i];
      most = Math.max(most, rows[i]);
    }
    long all = ranges[rows.length];
    if (most <= FACTOR * (all / rows.length) + SLACK) {
      return new ShardCuts(ranges, ranges);
    }
    long[] shards = new long[ranges.length];
    for (int i = 0; i < shards.length; i++) {
      // all · i / n, which may overflow
      shards[i] = all / rows.length * i + all % rows.length * i / rows.length;
    }
    return new ShardCuts(ranges, shards);
  }

  /** All rows. */
  long all() {
    return shards[shards.length - 1];
  }

  /** The rows of each shard. */
  long[] sizes() {
    return IntStream.range(0, shards.length - 1).mapToLong(this::rows).toArray();
  }

  /** Rows of a shard. */
  long rows(int shard) {
    return shards[shard + 1] - shards[shard];
  }

  /** The first range that holds rows of a shard. */
  int firstRange(int shard) {
    int range = 0;
    while (range < ranges.length - 2 && ranges[range + 1] <= shards[shard]) {
      range++;
    }
    return range;
  }

  /** The range after the last that holds rows of a shard. */
  int endRange(int shard) {
    int range = firstRange(shard);
    while (range < ranges.length - 1 && ranges[range] < shards[shard + 1]) {
      range++;
    }
    return range;
  }

  boolean isByHash() {
    return ranges == shards;
  }

  /** The sorted ranges that each shard has rows of, one partition a shard. */
  <T> JavaRDD<T> of(JavaRDD<T> sorted) {
    return isByHash()
        ? sorted
        : PartitionRuns.of(sorted, shards.length - 1, this::firstRange, this::endRange);
  }
}
