package io.ebmspark.spark.data.shards;

import java.util.TreeMap;
import org.apache.spark.TaskContext;
import org.apache.spark.util.AccumulatorV2;

/** Rows that tasks have read, one number a task however often it runs. */
final class RowCounts extends AccumulatorV2<Long, Long> {
  private static final long serialVersionUID = 1;
  private final TreeMap<Integer, Long> counts = new TreeMap<>();

  @Override
  public boolean isZero() {
    return counts.isEmpty();
  }

  @Override
  public RowCounts copy() {
    RowCounts copy = new RowCounts();
    copy.counts.putAll(counts);
    return copy;
  }

  @Override
  public void reset() {
    counts.clear();
  }

  /** Sets the count of the task that calls. */
  @Override
  public void add(Long rows) {
    counts.put(TaskContext.getPartitionId(), rows);
  }

  @Override
  public void merge(AccumulatorV2<Long, Long> other) {
    counts.putAll(((RowCounts) other).counts);
  }

  /** All rows. */
  @Override
  public Long value() {
    return counts.values().stream().mapToLong(Long::longValue).sum();
  }
}
