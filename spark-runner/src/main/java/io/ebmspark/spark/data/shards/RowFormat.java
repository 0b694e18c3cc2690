package io.ebmspark.spark.data.shards;

import io.ebmspark.spark.data.features.Features;
import java.io.Serializable;
import java.util.stream.IntStream;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.BooleanType;
import org.apache.spark.sql.types.ByteType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.FloatType;
import org.apache.spark.sql.types.ShortType;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.unsafe.Platform;

/**
 * Rows as bytes, on their way and on disc: a row's hash; its count, side, and whether it has
 * values; its weight, where rows have any; its values, in eight bytes or, where a column's are
 * floats, in four. All in the order of bytes of this machine, as they do not leave the cluster.
 */
final class RowFormat implements Serializable {
  private static final long serialVersionUID = 1;
  private static final int COUNT_SHIFT = 3;
  private static final int HAS_VALUES = 4;
  private static final int SIDE = 3;

  private final boolean weighted;

  /** The columns of each kind, in their order. */
  private final int[] doubles;

  private final int[] floats;

  /**
   * A format.
   *
   * @param weighted whether rows have weights
   * @param isFloat of each column, whether all its values are floats
   */
  RowFormat(boolean weighted, boolean[] isFloat) {
    this.weighted = weighted;
    this.doubles = IntStream.range(0, isFloat.length).filter(i -> !isFloat[i]).toArray();
    this.floats = IntStream.range(0, isFloat.length).filter(i -> isFloat[i]).toArray();
  }

  /**
   * The format of a table's rows.
   *
   * @param rows whose first columns are the features
   */
  static RowFormat of(boolean weighted, Features features, StructType rows) {
    boolean[] isFloat = new boolean[features.width()];
    for (int i = 0; i < isFloat.length; i++) {
      DataType type = rows.fields()[features.isArray() ? 0 : i].dataType();
      isFloat[i] = isFloat(type instanceof ArrayType array ? array.elementType() : type);
    }
    return new RowFormat(weighted, isFloat);
  }

  private static boolean isFloat(DataType type) {
    return type instanceof FloatType
        || type instanceof ShortType
        || type instanceof ByteType
        || type instanceof BooleanType;
  }

  int width() {
    return doubles.length + floats.length;
  }

  private int headBytes() {
    return 2 * Long.BYTES + (weighted ? Double.BYTES : 0);
  }

  /** The bytes of the longest row: of any but those without values. */
  int mostBytes() {
    return headBytes() + Double.BYTES * doubles.length + Float.BYTES * floats.length;
  }

  /** The bytes of a row that begins at a place. */
  int bytes(byte[] from, int at) {
    long head = Platform.getLong(from, Platform.BYTE_ARRAY_OFFSET + at + Long.BYTES);
    return (head & HAS_VALUES) != 0 ? mostBytes() : headBytes();
  }

  /** The hash of a row that begins at a place. */
  static long hash(Object base, long offset) {
    return Platform.getLong(base, offset);
  }

  /** Writes a row, and returns where it ends. */
  int put(RowKey row, long count, byte[] into, int at) {
    double[] values = row.values();
    long to = Platform.BYTE_ARRAY_OFFSET + (long) at;
    long hasValues = values.length > 0 ? HAS_VALUES : 0;
    Platform.putLong(into, to, row.hash());
    Platform.putLong(into, to + 8, count << COUNT_SHIFT | hasValues | row.side().code());
    to += 2 * Long.BYTES;
    if (weighted) {
      Platform.putDouble(into, to, row.weight());
      to += Double.BYTES;
    }
    if (values.length > 0) {
      for (int column : doubles) {
        Platform.putDouble(into, to, values[column]);
        to += Double.BYTES;
      }
      for (int column : floats) {
        Platform.putFloat(into, to, (float) values[column]);
        to += Float.BYTES;
      }
    }
    return (int) (to - Platform.BYTE_ARRAY_OFFSET);
  }

  /** How often the row that begins at a place is there. */
  static long count(byte[] from, int at) {
    return Platform.getLong(from, Platform.BYTE_ARRAY_OFFSET + at + 8) >>> COUNT_SHIFT;
  }

  /**
   * The row that begins at a place.
   *
   * @param values that take those it has
   */
  RowKey row(byte[] from, int at, double[] values) {
    long offset = Platform.BYTE_ARRAY_OFFSET + (long) at;
    long hash = Platform.getLong(from, offset);
    long head = Platform.getLong(from, offset + 8);
    RowKey.Side side = RowKey.Side.of((int) head & SIDE);
    offset += 2 * Long.BYTES;
    double weight = weighted ? Platform.getDouble(from, offset) : 1;
    offset += weighted ? Double.BYTES : 0;
    if ((head & HAS_VALUES) == 0) {
      return RowKey.known(hash, new double[0], weight, side);
    }
    for (int column : doubles) {
      values[column] = Platform.getDouble(from, offset);
      offset += Double.BYTES;
    }
    for (int column : floats) {
      values[column] = Platform.getFloat(from, offset);
      offset += Float.BYTES;
    }
    return RowKey.known(hash, values, weight, side);
  }
}
