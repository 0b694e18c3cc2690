package io.ebmspark.spark.data.shards;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Iterator;
import org.apache.spark.SparkEnv;
import org.apache.spark.TaskContext;
import org.apache.spark.unsafe.Platform;
import org.apache.spark.util.collection.unsafe.sort.PrefixComparators;
import org.apache.spark.util.collection.unsafe.sort.RecordComparator;
import org.apache.spark.util.collection.unsafe.sort.UnsafeExternalSorter;

/** Sorts rows by their hashes in memory that Spark lends, and on disc where that is short. */
final class SortedPieces {
  private static final String SPILL_AFTER = "spark.shuffle.spill.numElementsForceSpillThreshold";
  private static final int FIRST_ROWS = 1 << 12;

  private SortedPieces() {}

  /** The rows of pieces, in order, in larger pieces. */
  static Iterator<byte[]> of(Iterator<byte[]> pieces, RowFormat format) throws IOException {
    TaskContext task = TaskContext.get();
    SparkEnv env = SparkEnv.get();
    UnsafeExternalSorter sorter =
        UnsafeExternalSorter.create(
            task.taskMemoryManager(),
            env.blockManager(),
            env.serializerManager(),
            task,
            Equal::new,
            PrefixComparators.LONG,
            FIRST_ROWS,
            task.taskMemoryManager().pageSizeBytes(),
            env.conf().getInt(SPILL_AFTER, Integer.MAX_VALUE),
            Long.MAX_VALUE,
            true);
    while (pieces.hasNext()) {
      byte[] piece = pieces.next();
      int at = 0;
      while (at < piece.length) {
        int bytes = format.bytes(piece, at);
        long offset = Platform.BYTE_ARRAY_OFFSET + (long) at;
        // As a signed number of the same order.
        long place = RowFormat.hash(piece, offset) ^ Long.MIN_VALUE;
        sorter.insertRecord(piece, offset, bytes, place, false);
        at += bytes;
      }
    }
    Iterator<byte[]> packed = new PackedRows(sorter.getSortedIterator(), format);
    return new Iterator<>() {
      @Override
      public boolean hasNext() {
        boolean more = packed.hasNext();
        if (!more) {
          sorter.cleanupResources();
        }
        return more;
      }

      @Override
      public byte[] next() {
        return packed.next();
      }
    };
  }

  /** Rows of one hash are put in order afterwards. */
  private static final class Equal extends RecordComparator {
    @Override
    public int compare(
        Object left, long leftOffset, int leftBytes, Object right, long rightOffset, int bytes) {
      return 0;
    }
  }

  /** What reading a sorter's files throws, where nothing checked may be thrown. */
  static UncheckedIOException unread(IOException e) {
    return new UncheckedIOException("sorted rows cannot be read back from disc", e);
  }
}
