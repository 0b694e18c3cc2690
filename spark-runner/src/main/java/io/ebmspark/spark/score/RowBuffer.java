package io.ebmspark.spark.score;

import java.util.Arrays;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.UnsafeProjection;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.unsafe.Platform;
import org.jspecify.annotations.Nullable;

/**
 * Rows kept byte for byte, one after the other in one piece of memory that is used again: plans
 * hand on the same row object, filled anew, for every row.
 */
final class RowBuffer {
  private static final int FULL_BYTES = 1 << 25;
  private static final int MOST_BYTES = Integer.MAX_VALUE - 8;

  private final StructType schema;
  private final UnsafeRow view;
  private final int[] starts;
  private byte[] bytes = new byte[1 << 12];
  private int size;
  private @Nullable UnsafeProjection packing;

  /**
   * A buffer.
   *
   * @param most rows it ever holds
   */
  RowBuffer(StructType schema, int most) {
    this.schema = schema;
    this.view = new UnsafeRow(schema.length());
    this.starts = new int[most + 1];
  }

  int size() {
    return size;
  }

  void clear() {
    size = 0;
  }

  /** Whether another row had better wait: rows may be long. */
  boolean isFull() {
    return size == starts.length - 1 || starts[size] >= FULL_BYTES;
  }

  void add(InternalRow row) {
    UnsafeRow packed = row instanceof UnsafeRow unsafe ? unsafe : packed(row);
    int start = starts[size];
    long end = (long) start + packed.getSizeInBytes();
    if (end > bytes.length) {
      bytes = Arrays.copyOf(bytes, (int) Math.min(MOST_BYTES, Math.max(end, 2L * bytes.length)));
    }
    Platform.copyMemory(
        packed.getBaseObject(),
        packed.getBaseOffset(),
        bytes,
        Platform.BYTE_ARRAY_OFFSET + start,
        packed.getSizeInBytes());
    size++;
    starts[size] = (int) end;
  }

  /** Some sources of Spark's hand on rows of formats of their own. */
  private UnsafeRow packed(InternalRow row) {
    UnsafeProjection known = packing;
    if (known == null) {
      known = UnsafeProjection.create(schema);
      packing = known;
    }
    return known.apply(row);
  }

  /** Row {@code i}; good until the next is asked for. */
  UnsafeRow get(int i) {
    view.pointTo(bytes, Platform.BYTE_ARRAY_OFFSET + starts[i], starts[i + 1] - starts[i]);
    return view;
  }
}
