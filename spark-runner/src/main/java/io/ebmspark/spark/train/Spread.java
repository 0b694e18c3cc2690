package io.ebmspark.spark.train;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Set;

/**
 * Which executor each run of shards belongs to: as many runs as its cores call for, preferably
 * those it already holds most of.
 */
final class Spread {
  private Spread() {}

  /** An executor that takes work. */
  record Executor(String id, String host, int cores) {
    /** Spark's notation for where a task should run. */
    String place() {
      return "executor_" + host + "_" + id;
    }
  }

  private record Overlap(int run, int executor, int shards) {}

  /**
   * Gives each run an executor.
   *
   * @param ends for each run of consecutive shards, the shard after its last
   * @param holders for each shard, the ids of the executors that hold it
   * @param executors at least one
   * @return for each run, its executor's index
   */
  static int[] of(int[] ends, List<Set<String>> holders, List<Executor> executors) {
    List<Overlap> overlaps = new ArrayList<>();
    int[] held = new int[executors.size()];
    int first = 0;
    for (int run = 0; run < ends.length; run++) {
      for (int e = 0; e < executors.size(); e++) {
        int shards = 0;
        for (int shard = first; shard < ends[run]; shard++) {
          shards += holders.get(shard).contains(executors.get(e).id()) ? 1 : 0;
        }
        held[e] += shards;
        overlaps.add(new Overlap(run, e, shards));
      }
      first = ends[run];
    }
    int[] room = room(ends.length, held, executors);
    int[] chosen = new int[ends.length];
    Arrays.fill(chosen, -1);
    overlaps.sort(Comparator.comparingInt(Overlap::shards).reversed()); // stable: then by run
    for (Overlap overlap : overlaps) {
      if (chosen[overlap.run] < 0 && room[overlap.executor] > 0) {
        chosen[overlap.run] = overlap.executor;
        room[overlap.executor]--;
      }
    }
    return chosen;
  }

  /** How many runs each executor takes, in proportion to its cores. */
  private static int[] room(int runs, int[] held, List<Executor> executors) {
    int[] room = new int[held.length];
    for (int given = 0; given < runs; given++) {
      int best = 0;
      for (int e = 1; e < room.length; e++) {
        long here = (room[e] + 1L) * executors.get(best).cores();
        long there = (room[best] + 1L) * executors.get(e).cores();
        if (here < there || (here == there && held[e] > held[best])) {
          best = e;
        }
      }
      room[best]++;
    }
    return room;
  }
}
