package io.ebmspark.spark.data.shards;

import java.util.Iterator;
import java.util.NoSuchElementException;
import org.apache.spark.unsafe.Platform;
import scala.Tuple2;

/** The rows of pieces, one after the other; each is good until the next. */
final class UnpackedRows implements Iterator<Tuple2<RowKey, Long>> {
  private final Iterator<byte[]> pieces;
  private final RowFormat format;
  private final HashRanges ranges;
  private final int wanted;
  private final double[] values;
  private byte[] piece = new byte[0];
  private int at;

  UnpackedRows(Iterator<byte[]> pieces, RowFormat format) {
    this(pieces, format, new HashRanges(1), 0);
  }

  /** Only the rows whose hashes are in one of the ranges. */
  UnpackedRows(Iterator<byte[]> pieces, RowFormat format, HashRanges ranges, int wanted) {
    this.pieces = pieces;
    this.format = format;
    this.ranges = ranges;
    this.wanted = wanted;
    this.values = new double[format.width()];
  }

  @Override
  public boolean hasNext() {
    while (true) {
      if (at == piece.length) {
        if (!pieces.hasNext()) {
          return false;
        }
        piece = pieces.next();
        at = 0;
        continue;
      }
      if (ranges.count() == 1) {
        return true;
      }
      int range = ranges.of(RowFormat.hash(piece, Platform.BYTE_ARRAY_OFFSET + (long) at));
      if (range >= wanted) {
        return range == wanted; // the rest lies beyond
      }
      at += format.bytes(piece, at);
    }
  }

  @Override
  public Tuple2<RowKey, Long> next() {
    if (!hasNext()) {
      throw new NoSuchElementException();
    }
    RowKey row = format.row(piece, at, values);
    long count = RowFormat.count(piece, at);
    at += format.bytes(piece, at);
    return new Tuple2<>(row, count);
  }
}
