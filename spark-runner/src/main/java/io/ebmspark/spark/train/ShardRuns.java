package io.ebmspark.spark.train;

import io.ebmspark.core.data.RowBlock;
import io.ebmspark.core.training.ShardRun;
import java.io.Serializable;
import java.util.List;
import org.apache.spark.Partition;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.rdd.PartitionCoalescer;
import org.apache.spark.rdd.PartitionGroup;
import org.apache.spark.rdd.RDD;
import scala.Option;

/**
 * A table of one partition per shard, seen as one partition per run of shards. Nothing moves: a
 * task takes its shards one after another from where they are held.
 */
final class ShardRuns implements PartitionCoalescer, Serializable {
  private static final long serialVersionUID = 1;

  private final transient List<ShardRun> runs;
  private final transient List<String> places;

  private ShardRuns(List<ShardRun> runs, List<String> places) {
    this.runs = runs;
    this.places = places;
  }

  /**
   * The shards, run by run.
   *
   * @param runs all of the shards, in their order
   * @param places the executor each run is best computed on, as {@code executor_HOST_ID}; an empty
   *     list leaves it to Spark, which asks where the first shard of the run is cached
   */
  static JavaRDD<RowBlock> of(JavaRDD<RowBlock> shards, List<ShardRun> runs, List<String> places) {
    Option<PartitionCoalescer> cut = Option.apply(new ShardRuns(runs, places));
    return JavaRDD.fromRDD(shards.rdd().coalesce(runs.size(), false, cut, null), shards.classTag());
  }

  /** Called once, on the driver. */
  @Override
  public PartitionGroup[] coalesce(int most, RDD<?> shards) {
    Partition[] parts = shards.partitions();
    PartitionGroup[] groups = new PartitionGroup[runs.size()];
    for (int i = 0; i < groups.length; i++) {
      ShardRun run = runs.get(i);
      groups[i] =
          new PartitionGroup(places.isEmpty() ? Option.empty() : Option.apply(places.get(i)));
      for (int shard = run.first(); shard < run.end(); shard++) {
        groups[i].partitions().addOne(parts[shard]);
      }
    }
    return groups;
  }
}
