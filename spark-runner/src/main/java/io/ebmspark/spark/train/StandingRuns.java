package io.ebmspark.spark.train;

import io.ebmspark.core.data.RowBlock;
import io.ebmspark.core.training.ShardRun;
import io.ebmspark.spark.TaskDevice;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.Dependency;
import org.apache.spark.NarrowDependency;
import org.apache.spark.Partition;
import org.apache.spark.TaskContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.rdd.RDD;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;
import scala.reflect.ClassTag;

/**
 * A table of one partition per shard, seen as one partition per run of shards, whose tasks stay: to
 * compute a partition is to serve one step after another from its shards, until the crew is
 * dismissed. Its elements are none. Shards are read anew for each step, from where they are held.
 */
final class StandingRuns extends RDD<Object> {
  private static final long serialVersionUID = 1;

  private final RDD<RowBlock> shards;
  private final Broadcast<WorkerSettings> worker;
  private final String crew;
  private final transient List<ShardRun> runs;
  private final transient List<String> places;

  /**
   * The shards, run by run.
   *
   * @param crew the name of the crew on the driver
   * @param runs all of the shards, in their order
   * @param places the executor each run is best computed on, as {@code executor_HOST_ID}; an empty
   *     list leaves it to Spark
   */
  StandingRuns(
      RDD<RowBlock> shards,
      Broadcast<WorkerSettings> worker,
      String crew,
      List<ShardRun> runs,
      List<String> places) {
    super(
        shards.context(),
        seq(List.of(new RunsOfShards(shards, runs))),
        ClassTag.apply(Object.class));
    this.shards = shards;
    this.worker = worker;
    this.crew = crew;
    this.runs = List.copyOf(runs);
    this.places = List.copyOf(places);
  }

  private static Seq<Dependency<?>> seq(List<Dependency<?>> list) {
    return CollectionConverters.asScala(list).toSeq();
  }

  /** Which shards a run consists of; Spark asks on the driver. */
  private static final class RunsOfShards extends NarrowDependency<RowBlock> {
    private static final long serialVersionUID = 1;
    private final transient List<ShardRun> runs;

    RunsOfShards(RDD<RowBlock> shards, List<ShardRun> runs) {
      super(shards);
      this.runs = runs;
    }

    @Override
    public Seq<Object> getParents(int partition) {
      List<Object> parents = new ArrayList<>();
      for (int shard = runs.get(partition).first(); shard < runs.get(partition).end(); shard++) {
        parents.add(shard);
      }
      return CollectionConverters.asScala(parents).toSeq();
    }
  }

  /** The shards of a run. */
  private record Run(int index, int firstShard, Partition[] shards) implements Partition {}

  @Override
  public Partition[] getPartitions() {
    Partition[] all = shards.partitions();
    Partition[] partitions = new Partition[runs.size()];
    for (int i = 0; i < partitions.length; i++) {
      ShardRun run = runs.get(i);
      Partition[] parts = new Partition[run.length()];
      System.arraycopy(all, run.first(), parts, 0, parts.length);
      partitions[i] = new Run(i, run.first(), parts);
    }
    return partitions;
  }

  @Override
  public Seq<String> getPreferredLocations(Partition run) {
    List<String> preferred = places.isEmpty() ? List.of() : List.of(places.get(run.index()));
    return CollectionConverters.asScala(preferred).toSeq();
  }

  @Override
  public scala.collection.Iterator<Object> compute(Partition partition, TaskContext task) {
    Run run = (Run) partition;
    new CrewMember(crew, run.index, task, new SliceStore(worker.id()))
        .serve(
            request -> {
              Iterator<RowBlock> rows = blocks(run.shards, task); // anew for each step
              return worker
                  .value()
                  .worker()
                  .total(request, run.firstShard, rows, TaskDevice.current());
            });
    return CollectionConverters.asScala(List.of().iterator());
  }

  /** The rows of shards one after another, each from where it is held. */
  private Iterator<RowBlock> blocks(Partition[] parts, TaskContext task) {
    return new Iterator<>() {
      private int next;
      private scala.collection.Iterator<RowBlock> current =
          CollectionConverters.asScala(List.<RowBlock>of().iterator());

      @Override
      public boolean hasNext() {
        // A block is released when its iterator has been asked for more than it has.
        while (!current.hasNext() && next < parts.length) {
          current = shards.iterator(parts[next++], task);
        }
        return current.hasNext();
      }

      @Override
      public RowBlock next() {
        return current.next();
      }
    };
  }
}
