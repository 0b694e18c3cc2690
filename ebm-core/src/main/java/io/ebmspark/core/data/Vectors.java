package io.ebmspark.core.data;

import java.util.List;
import java.util.stream.IntStream;

/** Loops over long vectors that no element's place in memory, or number of threads, changes. */
public final class Vectors {
  /** What a thread works on at a time. */
  private static final int RANGE = 1 << 16;

  /** Below this length, handing work to other threads costs more than it saves. */
  private static final int WORTH_SHARING = 1 << 18;

  private Vectors() {}

  /** Work on the elements from one index up to another, each by itself. */
  @FunctionalInterface
  public interface Elements {
    void run(int from, int to);
  }

  /** Runs work on all elements, on all free cores if there are many. */
  public static void each(int length, Elements work) {
    if (length < WORTH_SHARING) {
      work.run(0, length);
      return;
    }
    IntStream.range(0, (length + RANGE - 1) / RANGE)
        .parallel()
        .forEach(range -> work.run(range * RANGE, Math.min(length, (range + 1) * RANGE)));
  }

  /** One after another, in one array. */
  public static float[] joined(List<float[]> parts) {
    float[] all = new float[parts.stream().mapToInt(part -> part.length).sum()];
    int at = 0;
    for (float[] part : parts) {
      System.arraycopy(part, 0, all, at, part.length);
      at += part.length;
    }
    return all;
  }

  /**
   * The sum of the elements' squares in double precision, added in an order that follows from the
   * length alone.
   */
  public static double sumOfSquares(float[] values) {
    double[] parts = new double[values.length / RANGE + 1];
    each(values.length, (from, to) -> parts[from / RANGE] = sumOfSquares(values, from, to));
    double sum = 0;
    for (double part : parts) {
      sum += part;
    }
    return sum;
  }

  private static double sumOfSquares(float[] values, int from, int to) {
    // Four sums side by side, since each addition waits for the one before it.
    double a = 0;
    double b = 0;
    double c = 0;
    double d = 0;
    int i = from;
    for (; i < to - 3; i += 4) {
      a += (double) values[i] * values[i];
      b += (double) values[i + 1] * values[i + 1];
      c += (double) values[i + 2] * values[i + 2];
      d += (double) values[i + 3] * values[i + 3];
    }
    for (; i < to; i++) {
      a += (double) values[i] * values[i];
    }
    return a + b + (c + d);
  }

  /** Whether no element is infinite or not a number. */
  public static boolean isFinite(float[] values) {
    return isFinite(values, 0, values.length);
  }

  /** Whether no element from one index up to another is infinite or not a number. */
  public static boolean isFinite(float[] values, int from, int to) {
    // A finite number times 0 is 0, anything else is not a number; four sums run side by side.
    float a = 0;
    float b = 0;
    float c = 0;
    float d = 0;
    int i = from;
    for (; i < to - 3; i += 4) {
      a += values[i] * 0;
      b += values[i + 1] * 0;
      c += values[i + 2] * 0;
      d += values[i + 3] * 0;
    }
    for (; i < to; i++) {
      a += values[i] * 0;
    }
    return a + b + c + d == 0;
  }

  /** The index of the first element that is not finite; −1 if all are. */
  public static int firstNotFinite(float[] values) {
    for (int i = 0; i < values.length; i++) {
      if (!Float.isFinite(values[i])) {
        return i;
      }
    }
    return -1;
  }
}
