package io.ebmspark.spark.train;

import java.io.IOException;
import java.io.ObjectInput;
import java.io.ObjectOutput;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiConsumer;
import org.apache.spark.SparkEnv;
import org.apache.spark.TaskContext;
import org.apache.spark.network.buffer.ManagedBuffer;
import org.apache.spark.network.shuffle.BlockFetchingListener;
import org.apache.spark.network.util.JavaUtils;
import org.apache.spark.storage.BlockId;
import org.apache.spark.storage.BlockManager;
import org.apache.spark.storage.BlockManagerId;
import org.apache.spark.storage.BroadcastBlockId;
import org.apache.spark.storage.StorageLevel;
import org.apache.spark.util.io.ChunkedByteBuffer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import scala.reflect.ClassTag;

/**
 * What a member keeps for other executors to fetch: slices of the parameters, and of its totals.
 * They lie in Spark's block store and travel as the blocks of its shuffles do, so no port is opened
 * and Spark's authentication and encryption hold.
 */
final class SliceStore {
  private static final Logger LOG = LoggerFactory.getLogger(SliceStore.class);
  private static final ClassTag<Object> ANY = ClassTag.apply(Object.class);
  private static final long GLANCE_MILLIS = 1_000;

  /** Names are not used twice in a process, whatever is computed again. */
  private static final AtomicLong KEPT = new AtomicLong();

  private final long broadcast;
  private final List<BlockId> blocks = new ArrayList<>();

  /**
   * An empty store.
   *
   * @param broadcast the broadcast variable that its blocks are counted to: Spark removes them with
   *     it, should this process be left without a chance to do so
   */
  SliceStore(long broadcast) {
    this.broadcast = broadcast;
  }

  /**
   * Where slices are kept.
   *
   * @param executor that keeps them
   * @param broadcast the variable their blocks are counted to
   * @param name common to their blocks
   */
  record Kept(BlockManagerId executor, long broadcast, String name) {
    private BlockId block(int slice) {
      return new BroadcastBlockId(broadcast, name + "_" + slice);
    }

    void write(ObjectOutput out) throws IOException {
      executor.writeExternal(out);
      out.writeLong(broadcast);
      out.writeUTF(name);
    }

    static Kept read(ObjectInput in) throws IOException {
      return new Kept(BlockManagerId.apply(in), in.readLong(), in.readUTF());
    }
  }

  /**
   * Keeps slices until the store is cleared.
   *
   * @param slices their bytes, by their numbers
   */
  Kept keep(Map<Integer, byte[]> slices) {
    BlockManager manager = SparkEnv.get().blockManager();
    Kept kept = new Kept(manager.blockManagerId(), broadcast, "slices" + KEPT.getAndIncrement());
    slices.forEach(
        (slice, bytes) -> {
          BlockId block = kept.block(slice);
          ChunkedByteBuffer content = new ChunkedByteBuffer(ByteBuffer.wrap(bytes));
          blocks.add(block);
          if (!manager.putBytes(block, content, StorageLevel.MEMORY_AND_DISK_SER(), false, ANY)) {
            throw new IllegalStateException(
                "there is no room for " + bytes.length + " bytes of a step's vectors");
          }
        });
    return kept;
  }

  /** Forgets what has been kept. */
  void clear() {
    blocks.forEach(block -> SparkEnv.get().blockManager().removeBlock(block, false));
    blocks.clear();
  }

  /** Fetched slices, and which of those that were asked for each is. */
  private static final class Arrivals {
    private final BlockingQueue<Arrival> queue = new LinkedBlockingQueue<>();

    private record Arrival(int index, byte @Nullable [] bytes) {}

    void fetch(int index, Kept kept, int slice) {
      BlockManager manager = SparkEnv.get().blockManager();
      BlockManagerId from = kept.executor;
      BlockId block = kept.block(slice);
      if (from.equals(manager.blockManagerId())) {
        takeHere(index, block);
        return;
      }
      BlockFetchingListener listener =
          new BlockFetchingListener() {
            @Override
            public void onBlockFetchSuccess(String name, ManagedBuffer data) {
              arrive(index, data);
            }

            @Override
            public void onBlockFetchFailure(String name, Throwable reason) {
              fail(index, reason);
            }
          };
      String[] name = {block.name()};
      manager
          .blockTransferService()
          .fetchBlocks(from.host(), from.port(), from.executorId(), name, listener, null);
    }

    private void takeHere(int index, BlockId block) {
      try {
        ManagedBuffer here = SparkEnv.get().blockManager().getLocalBlockData(block);
        try {
          arrive(index, here);
        } finally {
          here.release();
        }
      } catch (Exception e) { // Scala does not declare that a block may be gone
        fail(index, e);
      }
    }

    private void arrive(int index, ManagedBuffer data) {
      try {
        queue.add(new Arrival(index, JavaUtils.bufferToArray(data.nioByteBuffer())));
      } catch (IOException e) {
        fail(index, e);
      }
    }

    private void fail(int index, Throwable reason) {
      LOG.warn("a slice could not be fetched, so the step is worked on anew", reason);
      queue.add(new Arrival(index, null));
    }
  }

  /** A slice to be fetched. */
  record Wanted(Kept kept, int slice) {}

  /**
   * Fetches slices, all at once.
   *
   * @param task that asks for them, which may be cancelled while it waits
   * @param taken is given each as it comes, with its index among those wanted
   * @return false as soon as one cannot be had
   */
  static boolean fetch(List<Wanted> wanted, TaskContext task, BiConsumer<Integer, byte[]> taken)
      throws InterruptedException {
    Arrivals arrivals = new Arrivals();
    for (int i = 0; i < wanted.size(); i++) {
      arrivals.fetch(i, wanted.get(i).kept, wanted.get(i).slice);
    }
    for (int left = wanted.size(); left > 0; left--) {
      Arrivals.Arrival arrived;
      do {
        CrewMember.checkCancelled(task);
        arrived = arrivals.queue.poll(GLANCE_MILLIS, TimeUnit.MILLISECONDS);
      } while (arrived == null);
      if (arrived.bytes == null) {
        return false;
      }
      taken.accept(arrived.index, arrived.bytes);
    }
    return true;
  }
}
