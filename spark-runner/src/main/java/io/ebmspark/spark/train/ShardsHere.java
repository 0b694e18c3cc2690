package io.ebmspark.spark.train;

import io.ebmspark.core.data.RowBlock;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaRDD;

/**
 * The shards that this process caches, where driver and executors are one: the blocks themselves.
 * Spark would hand over a copy of each, by way of its serialiser, and all rows would be there
 * twice.
 */
final class ShardsHere {
  /** The shards that the tasks of a call have put here, by the call. */
  private static final Map<String, Map<Integer, RowBlock>> CALLS = new ConcurrentHashMap<>();

  private ShardsHere() {}

  /** The blocks of shards, in order. */
  static List<RowBlock> of(JavaRDD<RowBlock> shards) {
    String call = UUID.randomUUID().toString();
    Map<Integer, RowBlock> found = new ConcurrentHashMap<>();
    CALLS.put(call, found);
    try {
      shards.foreachPartition(blocks -> put(call, blocks));
    } finally {
      CALLS.remove(call);
    }
    List<RowBlock> inOrder = new ArrayList<>();
    for (int shard = 0; shard < shards.getNumPartitions(); shard++) {
      RowBlock block = found.get(shard);
      if (block == null) {
        throw new IllegalStateException("shard " + shard + " is not in this process");
      }
      inOrder.add(block);
    }
    return inOrder;
  }

  private static void put(String call, Iterator<RowBlock> blocks) {
    Map<Integer, RowBlock> found = CALLS.get(call);
    while (found != null && blocks.hasNext()) {
      found.put(TaskContext.getPartitionId(), blocks.next());
    }
  }
}
