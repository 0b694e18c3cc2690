package io.ebmspark.core.evaluation;

import io.ebmspark.core.random.Permutation;
import io.ebmspark.core.random.Purpose;
import io.ebmspark.core.random.RandomStream;
import java.util.stream.IntStream;

/**
 * Rows that are wrong in a known way, where no anomaly is: in each row a random half of the columns
 * (rounded down) holds the values of other rows, another one for each column. Every column keeps
 * its distribution; what goes is how columns belong together, which is what an energy has to have
 * learnt.
 */
public final class CorruptedRows {
  private CorruptedRows() {}

  /** Corrupts rows of columns of one value each; see the other method of this name. */
  public static float[] of(float[] rows, int width, long seed) {
    return of(rows, IntStream.rangeClosed(0, width).toArray(), seed);
  }

  /**
   * Corrupts each row, by address: the same rows and seed give the same.
   *
   * @param rows packed row-major, two rows or more
   * @param first the place of each column's first value, and the number of all values; two columns
   *     or more: a single one has nothing to belong to
   */
  public static float[] of(float[] rows, int[] first, long seed) {
    int columns = first.length - 1;
    int width = first[columns];
    Rows.check(rows, width, 2);
    if (columns < 2) {
      throw new IllegalArgumentException("rows of one column cannot be corrupted");
    }
    int count = rows.length / width;
    boolean[] replaced = replaced(count, columns, RandomStream.derivedSeed(seed, 1));
    float[] corrupted = rows.clone();
    for (int column = 0; column < columns; column++) {
      Permutation cycle = Permutation.of(seed, Purpose.EVALUATION, column, count);
      // The next on a cycle through all rows is never the row itself.
      int row = (int) cycle.at(count - 1L);
      for (int i = 0; i < count; i++) {
        int next = (int) cycle.at(i);
        if (replaced[row * columns + column]) {
          System.arraycopy(
              rows,
              next * width + first[column],
              corrupted,
              row * width + first[column],
              first[column + 1] - first[column]);
        }
        row = next;
      }
    }
    return corrupted;
  }

  /** Which columns are replaced in each row, packed. */
  private static boolean[] replaced(int count, int width, long seed) {
    boolean[] replaced = new boolean[count * width];
    for (int row = 0; row < count; row++) {
      Permutation columns = Permutation.of(seed, Purpose.EVALUATION, row, width);
      for (int i = 0; i < width / 2; i++) {
        replaced[row * width + (int) columns.at(i)] = true;
      }
    }
    return replaced;
  }
}
