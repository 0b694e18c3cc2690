package io.ebmspark.core.data;

import java.util.Arrays;

/** Arithmetic on the shape of a row. */
public final class Shapes {
  private Shapes() {}

  /** The number of values in a row. */
  public static int width(long... shape) {
    long width = 1;
    for (long axis : shape) {
      width = Math.multiplyExact(width, axis);
    }
    return Math.toIntExact(width);
  }

  /** The shape of a batch of rows: (rows, …shape). */
  public static long[] batch(long rows, long... shape) {
    long[] batch = new long[shape.length + 1];
    batch[0] = rows;
    System.arraycopy(shape, 0, batch, 1, shape.length);
    return batch;
  }

  /** The shape of one number for each place along an axis, to be multiplied with so many axes. */
  public static long[] along(int axis, long count, int dimension) {
    long[] shape = new long[dimension];
    Arrays.fill(shape, 1);
    shape[axis] = count;
    return shape;
  }
}
