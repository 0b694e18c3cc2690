package io.ebmspark.spark.data.shards;

import io.ebmspark.spark.data.encoding.Levels;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.TreeMap;
import org.apache.hadoop.io.WritableUtils;
import org.jspecify.annotations.Nullable;

/**
 * Exact counts of one column's values, in all rows and in those that cannot be held out: by levels,
 * or of numbers by magnitude. Counts are whole numbers, which no order of rows changes.
 */
final class ColumnCounts implements Serializable {
  private static final long serialVersionUID = 1;

  /** Bits of a double below sign, exponent and five of its fraction: 32 bins an octave. */
  private static final int DROPPED_BITS = 47;

  private static final int ZERO = -1;

  private @Nullable Levels levels;

  /** Rows of all kinds: by the place of their level, then other values, then missing ones. */
  private long[] all;

  private long[] trained;

  /** Counts in all rows, and in those that cannot be held out, by bin. */
  private final Map<Integer, long[]> magnitudes = new TreeMap<>();

  /** All of these, once they are packed. */
  private byte[] packed = {};

  private ColumnCounts(@Nullable Levels levels) {
    this.levels = levels;
    int size = levels == null ? 0 : levels.size() + 2;
    this.all = new long[size];
    this.trained = new long[size];
  }

  static ColumnCounts byLevel(Levels levels) {
    return new ColumnCounts(levels);
  }

  static ColumnCounts byMagnitude() {
    return new ColumnCounts(null);
  }

  /** No counts yet, of the same kind. */
  ColumnCounts empty() {
    return new ColumnCounts(levels);
  }

  void add(double value, boolean isTrained, long rows) {
    if (levels != null) {
      int place = levels.place(value);
      all[place] += rows;
      trained[place] += isTrained ? rows : 0;
    } else if (Double.isFinite(value)) {
      long[] counts = magnitudes.computeIfAbsent(bin(value), bin -> new long[2]);
      counts[0] += rows;
      counts[1] += isTrained ? rows : 0;
    }
  }

  private static int bin(double value) {
    return value == 0 ? ZERO : (int) (Double.doubleToRawLongBits(value) >>> DROPPED_BITS);
  }

  private static double middle(int bin) {
    return bin == ZERO
        ? 0
        : Double.longBitsToDouble(((long) bin << DROPPED_BITS) | (1L << (DROPPED_BITS - 1)));
  }

  /**
   * Makes them as small as they can be, for the way to the driver, which takes those of all shards
   * at once; then they can only be merged. Most counts of a shard are small, and what they are of
   * the driver knows.
   */
  void pack() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(bytes);
    try {
      for (int i = 0; i < all.length; i++) {
        WritableUtils.writeVLong(out, all[i]);
        WritableUtils.writeVLong(out, all[i] - trained[i]);
      }
      for (Map.Entry<Integer, long[]> bin : magnitudes.entrySet()) {
        WritableUtils.writeVInt(out, bin.getKey());
        WritableUtils.writeVLong(out, bin.getValue()[0]);
        WritableUtils.writeVLong(out, bin.getValue()[0] - bin.getValue()[1]);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e); // memory has none
    }
    packed = bytes.toByteArray();
    levels = null;
    all = new long[0];
    trained = all;
    magnitudes.clear();
  }

  /** Adds counts of the same kind, which are packed. */
  void merge(ColumnCounts other) {
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(other.packed))) {
      for (int i = 0; i < all.length; i++) {
        long rows = WritableUtils.readVLong(in);
        all[i] += rows;
        trained[i] += rows - WritableUtils.readVLong(in);
      }
      while (in.available() > 0) {
        long[] sum = magnitudes.computeIfAbsent(WritableUtils.readVInt(in), bin -> new long[2]);
        long rows = WritableUtils.readVLong(in);
        sum[0] += rows;
        sum[1] += rows - WritableUtils.readVLong(in);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Rows of each level, of other values, and without one. */
  long[] levels(boolean ofAll) {
    return ofAll ? all : trained;
  }

  /** Numbers and how many rows have about each, in a fixed order. */
  interface Magnitudes {
    void accept(double value, long rows);
  }

  void magnitudes(boolean ofAll, Magnitudes to) {
    magnitudes.forEach(
        (bin, counts) -> {
          long rows = counts[ofAll ? 0 : 1];
          if (rows > 0) {
            to.accept(middle(bin), rows);
          }
        });
  }
}
