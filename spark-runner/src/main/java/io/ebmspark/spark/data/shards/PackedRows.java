package io.ebmspark.spark.data.shards;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.unsafe.Platform;
import org.jspecify.annotations.Nullable;
import scala.Tuple2;

/**
 * Packs rows sorted by their hashes into pieces of about a megabyte, and orders those that share a
 * hash by what they hold: almost always they are equal.
 *
 * <p>A row is its hash, its count, its weight, the number of its values, and these, eight bytes
 * each, in the order of bytes of this machine: pieces do not leave the cluster.
 */
final class PackedRows implements Iterator<byte[]> {
  private static final int PIECE_BYTES = 1 << 20;
  private static final int HEAD_BYTES = 4 * Long.BYTES;
  private static final RowKey.Order ORDER = new RowKey.Order();

  private final Iterator<InternalRow> sorted;
  private byte[] piece = new byte[PIECE_BYTES + (1 << 14)];
  private int end;

  /** Where the rows of the last hash begin, and how many there are. */
  private int runStart;

  private int run;
  private long runHash;
  private @Nullable InternalRow ahead;

  PackedRows(Iterator<InternalRow> sorted) {
    this.sorted = sorted;
  }

  @Override
  public boolean hasNext() {
    return ahead != null || sorted.hasNext();
  }

  @Override
  public byte[] next() {
    if (!hasNext()) {
      throw new NoSuchElementException();
    }
    end = 0;
    run = 0;
    while (hasNext()) {
      InternalRow row = ahead == null ? sorted.next() : ahead;
      ahead = null;
      long hash = OrderedRows.hash(row);
      if (run > 0 && hash != runHash) {
        endRun();
        if (end >= PIECE_BYTES) {
          ahead = row; // good until the next one is asked for
          return Arrays.copyOf(piece, end);
        }
      }
      if (run == 0) {
        runStart = end;
        runHash = hash;
      }
      run++;
      add(hash, row.getLong(2), row.getDouble(3), row.getBinary(4), row.getInt(5));
    }
    endRun();
    return Arrays.copyOf(piece, end);
  }

  private void add(long hash, long count, double weight, byte[] values, int side) {
    end = head(end, hash, count, weight, values.length / Double.BYTES, side, values.length);
    System.arraycopy(values, 0, piece, end, values.length);
    end += values.length;
  }

  private int head(int at, long hash, long count, double weight, int values, int side, int bytes) {
    int needed = Math.addExact(at, HEAD_BYTES + bytes);
    if (needed > piece.length) {
      piece = Arrays.copyOf(piece, Math.max(needed, piece.length + (piece.length >> 1)));
    }
    int base = Platform.BYTE_ARRAY_OFFSET + at;
    Platform.putLong(piece, base, hash);
    Platform.putLong(piece, base + 8, count);
    Platform.putDouble(piece, base + 16, weight);
    Platform.putInt(piece, base + 24, values);
    Platform.putInt(piece, base + 28, side);
    return at + HEAD_BYTES;
  }

  private void endRun() {
    if (run > 1) {
      List<Tuple2<RowKey, Long>> rows = new ArrayList<>();
      Reader reader = new Reader(Arrays.copyOfRange(piece, runStart, end));
      while (reader.hasNext()) {
        rows.add(reader.next(new double[reader.values()]));
      }
      rows.sort((a, b) -> ORDER.compare(a._1(), b._1()));
      end = runStart;
      for (Tuple2<RowKey, Long> row : rows) {
        RowKey key = row._1();
        add(key.hash(), row._2(), key.weight(), bytes(key.values()), key.side().code());
      }
    }
    run = 0;
  }

  /** Values in the order of bytes of this machine. */
  static byte[] bytes(double[] values) {
    byte[] bytes = new byte[values.length * Double.BYTES];
    Platform.copyMemory(
        values, Platform.DOUBLE_ARRAY_OFFSET, bytes, Platform.BYTE_ARRAY_OFFSET, bytes.length);
    return bytes;
  }

  /** Reads the rows of a piece. */
  private static final class Reader {
    private final byte[] piece;
    private int at;

    Reader(byte[] piece) {
      this.piece = piece;
    }

    boolean hasNext() {
      return at < piece.length;
    }

    /** The number of the next row's values. */
    int values() {
      return Platform.getInt(piece, Platform.BYTE_ARRAY_OFFSET + at + 24);
    }

    /** The next row, its values in the array given. */
    Tuple2<RowKey, Long> next(double[] values) {
      int base = Platform.BYTE_ARRAY_OFFSET + at;
      int bytes = values.length * Double.BYTES;
      Platform.copyMemory(piece, base + HEAD_BYTES, values, Platform.DOUBLE_ARRAY_OFFSET, bytes);
      RowKey row =
          RowKey.known(
              Platform.getLong(piece, base),
              values,
              Platform.getDouble(piece, base + 16),
              RowKey.Side.of(Platform.getInt(piece, base + 28)));
      long count = Platform.getLong(piece, base + 8);
      at += HEAD_BYTES + bytes;
      return new Tuple2<>(row, count);
    }
  }

  /** The rows of pieces, one after the other; each is good until the next. */
  static final class Unpacked implements Iterator<Tuple2<RowKey, Long>> {
    private final Iterator<byte[]> pieces;
    private Reader piece = new Reader(new byte[0]);
    private double[] values = new double[0];

    Unpacked(Iterator<byte[]> pieces) {
      this.pieces = pieces;
    }

    @Override
    public boolean hasNext() {
      while (!piece.hasNext() && pieces.hasNext()) {
        piece = new Reader(pieces.next());
      }
      return piece.hasNext();
    }

    @Override
    public Tuple2<RowKey, Long> next() {
      if (!hasNext()) {
        throw new NoSuchElementException();
      }
      if (values.length != piece.values()) {
        values = new double[piece.values()];
      }
      return piece.next(values);
    }
  }
}
