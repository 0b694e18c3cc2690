package io.ebmspark.core.training;

import java.util.ArrayList;
import java.util.List;

/**
 * Consecutive shards that one task works through.
 *
 * @param first the first shard
 * @param end the shard after the last
 */
public record ShardRun(int first, int end) {
  /** How far cuts may move to send fewer vectors: by at most a 16th of a run's length. */
  private static final int GRAINS = 8;

  public ShardRun {
    if (first < 0 || end <= first) {
      throw new IllegalArgumentException("no run of shards from " + first + " to " + end);
    }
  }

  /**
   * Cuts all shards into runs of about equal length, at places where a {@link StepTotal} has few
   * open subtrees.
   *
   * @param shards number of shards
   * @param runs number of runs wanted; with fewer shards, one shard each
   */
  public static List<ShardRun> of(int shards, int runs) {
    int count = Math.min(shards, runs);
    int grain = Math.max(1, Integer.highestOneBit(shards / count / GRAINS));
    List<ShardRun> cut = new ArrayList<>();
    int first = 0;
    for (int i = 1; i <= count; i++) {
      long place = Math.round((double) shards * i / count / grain) * grain;
      int end = i == count ? shards : (int) place;
      cut.add(new ShardRun(first, end));
      first = end;
    }
    return cut;
  }

  /** The number of shards. */
  public int length() {
    return end - first;
  }

  /** The number of gradient vectors in the {@link StepTotal} of this run. */
  public int vectors() {
    int vectors = 0;
    for (int at = first; at < end; vectors++) {
      int largest = at == 0 ? Integer.MAX_VALUE : Integer.lowestOneBit(at);
      at += Math.min(largest, Integer.highestOneBit(end - at));
    }
    return vectors;
  }
}
