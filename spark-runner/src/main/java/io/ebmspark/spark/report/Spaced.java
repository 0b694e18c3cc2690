package io.ebmspark.spark.report;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** Evenly spaced choices, including the first and the last. */
final class Spaced {
  private Spaced() {}

  /** At most {@code most} indices out of {@code count}, ascending. */
  static int[] places(int count, int most) {
    if (count <= most) {
      return IntStream.range(0, count).toArray();
    } else if (most < 2) {
      return most < 1 ? new int[0] : new int[] {count - 1};
    }
    return IntStream.range(0, most)
        .map(i -> (int) Math.round((double) i * (count - 1) / (most - 1)))
        .toArray();
  }

  static <T> List<T> of(List<T> all, int most) {
    return Arrays.stream(places(all.size(), most)).mapToObj(all::get).toList();
  }
}
