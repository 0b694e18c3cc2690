package io.ebmspark.spark.train;

import io.ebmspark.core.data.RowBlock;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.spark.SparkContext;
import org.apache.spark.SparkEnv;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerBlockManagerAdded;
import org.apache.spark.scheduler.SparkListenerBlockManagerRemoved;
import org.apache.spark.storage.BlockManager;
import org.apache.spark.storage.BlockManagerId;
import org.apache.spark.storage.BlockResult;
import org.apache.spark.storage.RDDBlockId;
import org.apache.spark.storage.StorageLevel;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import scala.Option;
import scala.Tuple2;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;
import scala.reflect.ClassTag;

/**
 * Keeps the cached shards spread over the current executors.
 *
 * <p>Spark runs a task where its shard is cached. An executor that joins late holds none: its tasks
 * would come after a wait, and fetch their shards from other executors in every step. So when
 * executors come or go, shards are moved: copied from the executor that holds them, without reading
 * the source again, and then removed there. Neither their content nor the results change. A shard
 * that was lost with its executor is rebuilt by the next step, where it belongs.
 *
 * <p>Moving is best effort: what fails is retried a few times, and training works with shards
 * wherever they are.
 */
final class ShardPlacement implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ShardPlacement.class);
  private static final ClassTag<Object> ANY = ClassTag.apply(Object.class);

  /** An executor that reports is given tasks a moment later; a lost shard is rebuilt. */
  private static final int ATTEMPTS = 20;

  private static final long BETWEEN_ATTEMPTS_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

  private final JavaRDD<RowBlock> shards;
  private final SparkContext context;
  private final Membership membership = new Membership();
  private int attemptsLeft;
  private long nextAttempt;

  /** Hears that executors came or went. */
  private static final class Membership extends SparkListener {
    private final AtomicBoolean changed = new AtomicBoolean(true);

    @Override
    public void onBlockManagerAdded(SparkListenerBlockManagerAdded added) {
      changed.set(true);
    }

    @Override
    public void onBlockManagerRemoved(SparkListenerBlockManagerRemoved removed) {
      changed.set(true);
    }
  }

  /** Watches over cached shards, one partition each. */
  ShardPlacement(JavaRDD<RowBlock> shards) {
    this.shards = shards;
    this.context = shards.context();
    context.addSparkListener(membership);
  }

  /** Whether shards may be in the wrong place; checked before every step, at no cost. */
  boolean isDue() {
    return membership.changed.get() || (attemptsLeft > 0 && System.nanoTime() >= nextAttempt);
  }

  /**
   * Moves shards to where they belong.
   *
   * @param ends for each run of consecutive shards that one task works through, the shard after its
   *     last
   * @return for each run where its task should run, as {@code executor_HOST_ID}; empty where there
   *     are no executors
   */
  List<String> settle(int[] ends) {
    if (membership.changed.getAndSet(false)) {
      attemptsLeft = ATTEMPTS;
    }
    List<Spread.Executor> executors = executors();
    if (executors.isEmpty()) {
      return List.of();
    }
    List<Set<String>> holders = holders();
    int[] chosen = Spread.of(ends, holders, executors);
    Map<String, List<Integer>> missing = new TreeMap<>();
    boolean everyShardIsHeld = true;
    int shard = 0;
    for (int run = 0; run < ends.length; run++) {
      for (; shard < ends[run]; shard++) {
        String place = executors.get(chosen[run]).place();
        everyShardIsHeld &= !holders.get(shard).isEmpty();
        if (!holders.get(shard).isEmpty()
            && !holders.get(shard).contains(executors.get(chosen[run]).id())) {
          missing.computeIfAbsent(place, key -> new ArrayList<>()).add(shard);
        }
      }
    }
    // Checked once more after shards were moved, or had to be rebuilt.
    attemptsLeft = missing.isEmpty() && everyShardIsHeld ? 0 : attemptsLeft - 1;
    nextAttempt = System.nanoTime() + BETWEEN_ATTEMPTS_NANOS;
    List<String> places = new ArrayList<>();
    for (int executor : chosen) {
      places.add(executors.get(executor).place());
    }
    if (!missing.isEmpty()) {
      move(missing);
    }
    return places;
  }

  private void move(Map<String, List<Integer>> missing) {
    int rdd = shards.id();
    StorageLevel level = shards.getStorageLevel();
    try {
      context.setJobDescription("moving shards to the current executors");
      at(missing, list -> copyHere(rdd, list, level));
      at(superfluous(missing), list -> removeHere(rdd, list));
      LOG.info("moved shards to {}", missing);
    } catch (Exception e) { // Scala declares nothing checked.
      LOG.warn(
          "shards could not be moved; training continues with them where they are: {}", "" + e);
    }
  }

  /** What to do with shards, on the executor that runs the task. */
  private interface AtExecutor extends java.io.Serializable {
    void accept(List<Integer> shards);
  }

  /** Runs a task at each place; one that Spark runs elsewhere does nothing. */
  private void at(Map<String, List<Integer>> work, AtExecutor task) {
    if (work.isEmpty()) {
      return;
    }
    List<Tuple2<String, Seq<String>>> places = new ArrayList<>();
    for (String place : work.keySet()) {
      places.add(new Tuple2<>(place, CollectionConverters.asScala(List.of(place)).toSeq()));
    }
    Map<String, List<Integer>> sent = new HashMap<>(work);
    ClassTag<String> tag = ClassTag.apply(String.class);
    JavaRDD.fromRDD(context.makeRDD(CollectionConverters.asScala(places).toSeq(), tag), tag)
        .foreach(
            place -> {
              if (place.endsWith("_" + SparkEnv.get().executorId())) {
                task.accept(sent.getOrDefault(place, List.of()));
              }
            });
  }

  private static void copyHere(int rdd, List<Integer> shards, StorageLevel level) {
    BlockManager blocks = SparkEnv.get().blockManager();
    for (int shard : shards) {
      RDDBlockId block = new RDDBlockId(rdd, shard);
      Option<BlockResult> held = blocks.getRemoteValues(block, ANY);
      if (held.isDefined()) {
        blocks.putIterator(block, held.get().data(), level, true, ANY);
      }
    }
  }

  private static void removeHere(int rdd, List<Integer> shards) {
    BlockManager blocks = SparkEnv.get().blockManager();
    for (int shard : shards) {
      blocks.removeBlock(new RDDBlockId(rdd, shard), true);
    }
  }

  /**
   * Copies to be dropped: shards that have arrived elsewhere, by the executor that still holds
   * them.
   */
  private Map<String, List<Integer>> superfluous(Map<String, List<Integer>> copied) {
    Map<String, List<Integer>> superfluous = new TreeMap<>();
    copied.forEach(
        (place, list) -> {
          for (int shard : list) {
            List<String> now = new ArrayList<>();
            locations(shard).forEach(id -> now.add(place(id)));
            if (now.remove(place)) {
              now.forEach(
                  other -> superfluous.computeIfAbsent(other, k -> new ArrayList<>()).add(shard));
            }
          }
        });
    return superfluous;
  }

  private List<Set<String>> holders() {
    List<Set<String>> holders = new ArrayList<>();
    for (int shard = 0; shard < shards.getNumPartitions(); shard++) {
      Set<String> ids = new HashSet<>();
      locations(shard).forEach(id -> ids.add(id.executorId()));
      holders.add(ids);
    }
    return holders;
  }

  private List<BlockManagerId> locations(int shard) {
    List<BlockManagerId> locations = new ArrayList<>();
    for (BlockManagerId id :
        CollectionConverters.asJava(
            context
                .env()
                .blockManager()
                .master()
                .getLocations(new RDDBlockId(shards.id(), shard)))) {
      if (!id.isDriver()) {
        locations.add(id);
      }
    }
    return locations;
  }

  private static String place(BlockManagerId id) {
    return new Spread.Executor(id.executorId(), id.host(), 1).place();
  }

  /** The executors that report and are not about to leave. */
  private List<Spread.Executor> executors() {
    Map<String, Integer> cores = new HashMap<>();
    CollectionConverters.asJava(context.statusStore().executorList(true))
        .forEach(summary -> cores.put(summary.id(), summary.totalCores()));
    cores.remove("driver");
    // One that has just joined may not be listed yet; executors are mostly alike.
    int usual = cores.values().stream().mapToInt(Integer::intValue).max().orElse(1);
    List<Spread.Executor> executors = new ArrayList<>();
    for (BlockManagerId id :
        CollectionConverters.asJava(
            context.env().blockManager().master().getMemoryStatus().keySet())) {
      String name = id.executorId();
      if (!id.isDriver()
          && !context.taskScheduler().getExecutorDecommissionState(name).isDefined()) {
        int known = Math.max(1, cores.getOrDefault(name, usual));
        executors.add(new Spread.Executor(name, id.host(), known));
      }
    }
    executors.sort(Comparator.comparing(Spread.Executor::id));
    return executors;
  }

  @Override
  public void close() {
    context.removeSparkListener(membership);
  }
}
