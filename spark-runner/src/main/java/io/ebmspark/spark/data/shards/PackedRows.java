package io.ebmspark.spark.data.shards;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import org.apache.spark.unsafe.Platform;
import org.apache.spark.util.collection.unsafe.sort.UnsafeSorterIterator;
import scala.Tuple2;

/**
 * Packs rows sorted by their hashes into pieces of a quarter of a megabyte, and orders those that
 * share a hash by what they hold: almost always they are equal, and become one row with its count.
 */
final class PackedRows implements Iterator<byte[]> {
  private static final int PIECE_BYTES = 1 << 18;
  private static final RowKey.Order ORDER = new RowKey.Order();

  private final UnsafeSorterIterator sorted;
  private final RowFormat format;
  private byte[] piece;
  private int end;

  /** Where the rows of the last hash begin, and how many there are. */
  private int runStart;

  private int run;
  private long runHash;

  /** Whether the sorter's row is not packed yet. */
  private boolean isAhead;

  PackedRows(UnsafeSorterIterator sorted, RowFormat format) {
    this.sorted = sorted;
    this.format = format;
    this.piece = new byte[PIECE_BYTES + 2 * format.mostBytes()];
  }

  @Override
  public boolean hasNext() {
    return isAhead || sorted.hasNext();
  }

  @Override
  public byte[] next() {
    if (!hasNext()) {
      throw new NoSuchElementException();
    }
    end = 0;
    run = 0;
    while (hasNext()) {
      if (!isAhead) {
        load();
      }
      isAhead = false;
      long hash = RowFormat.hash(sorted.getBaseObject(), sorted.getBaseOffset());
      if (run > 0 && hash != runHash) {
        endRun();
        if (end >= PIECE_BYTES) {
          isAhead = true;
          return Arrays.copyOf(piece, end);
        }
      }
      if (run == 0) {
        runStart = end;
        runHash = hash;
      }
      run++;
      add();
    }
    endRun();
    return Arrays.copyOf(piece, end);
  }

  private void load() {
    try {
      sorted.loadNext();
    } catch (IOException e) {
      throw SortedPieces.unread(e);
    }
  }

  private void add() {
    int bytes = sorted.getRecordLength();
    int needed = Math.addExact(end, bytes);
    if (needed > piece.length) {
      piece = Arrays.copyOf(piece, Math.max(needed, piece.length + (piece.length >> 1)));
    }
    Platform.copyMemory(
        sorted.getBaseObject(),
        sorted.getBaseOffset(),
        piece,
        Platform.BYTE_ARRAY_OFFSET + (long) end,
        bytes);
    end = needed;
  }

  private void endRun() {
    if (run > 1) {
      List<Tuple2<RowKey, Long>> rows = new ArrayList<>();
      for (int at = runStart; at < end; at += format.bytes(piece, at)) {
        RowKey row = format.row(piece, at, new double[format.width()]);
        rows.add(new Tuple2<>(row, RowFormat.count(piece, at)));
      }
      rows.sort((a, b) -> ORDER.compare(a._1(), b._1()));
      end = runStart;
      for (Tuple2<RowKey, Long> row : joined(rows)) {
        end = format.put(row._1(), row._2(), piece, end);
      }
    }
    run = 0;
  }

  /** Tasks that met a row each sent it with a count of their own. */
  private static List<Tuple2<RowKey, Long>> joined(List<Tuple2<RowKey, Long>> ordered) {
    List<Tuple2<RowKey, Long>> joined = new ArrayList<>();
    for (Tuple2<RowKey, Long> row : ordered) {
      int last = joined.size() - 1;
      if (last >= 0 && joined.get(last)._1().isEqualTo(row._1())) {
        joined.set(last, new Tuple2<>(row._1(), joined.get(last)._2() + row._2()));
      } else {
        joined.add(row);
      }
    }
    return joined;
  }
}
