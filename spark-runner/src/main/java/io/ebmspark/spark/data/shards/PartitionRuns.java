package io.ebmspark.spark.data.shards;

import java.io.Serializable;
import java.util.function.IntUnaryOperator;
import org.apache.spark.Partition;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.rdd.PartitionCoalescer;
import org.apache.spark.rdd.PartitionGroup;
import org.apache.spark.rdd.RDD;
import org.apache.spark.scheduler.TaskLocation;
import scala.Option;
import scala.collection.immutable.Seq;

/**
 * Partitions each of which is a run of another's, in order; runs may overlap, so that one is read
 * for every run that it is part of.
 */
final class PartitionRuns implements PartitionCoalescer, Serializable {
  private static final long serialVersionUID = 1;
  private final transient int count;
  private final transient IntUnaryOperator first;
  private final transient IntUnaryOperator end;

  private PartitionRuns(int count, IntUnaryOperator first, IntUnaryOperator end) {
    this.count = count;
    this.first = first;
    this.end = end;
  }

  /**
   * Joins partitions.
   *
   * @param count of runs
   * @param first partition of a run
   * @param end the partition after its last
   */
  static <T> JavaRDD<T> of(
      JavaRDD<T> parts, int count, IntUnaryOperator first, IntUnaryOperator end) {
    Option<PartitionCoalescer> runs = Option.apply(new PartitionRuns(count, first, end));
    return JavaRDD.fromRDD(parts.rdd().coalesce(count, false, runs, null), parts.classTag());
  }

  /** Called once, on the driver. */
  @Override
  public PartitionGroup[] coalesce(int most, RDD<?> parent) {
    Partition[] parts = parent.partitions();
    PartitionGroup[] groups = new PartitionGroup[count];
    for (int run = 0; run < count; run++) {
      int from = first.applyAsInt(run);
      int to = end.applyAsInt(run);
      // Where the first of its parts is: what is cached is not sent about without need.
      Seq<TaskLocation> where = from < to ? parent.context().getPreferredLocs(parent, from) : null;
      groups[run] =
          new PartitionGroup(
              where == null || where.isEmpty()
                  ? Option.empty()
                  : Option.apply(where.head().host()));
      for (int part = from; part < to; part++) {
        groups[run].partitions().addOne(parts[part]);
      }
    }
    return groups;
  }
}
