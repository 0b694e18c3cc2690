package io.ebmspark.spark.data;

import java.io.Serializable;
import java.util.Arrays;

/** The distinct values of a column of numbers, ascending, as long as somebody adds them. */
public final class DistinctValues implements Serializable {
  private static final long serialVersionUID = 1;
  private static final int FIRST_LENGTH = 4;

  /** Values are there this often on average; that there are few may be by chance otherwise. */
  private static final int COPIES = 5;

  private double[] values = {};
  private int count;

  /**
   * Adds a value.
   *
   * @return the place it now has, or −1 if it was there already
   */
  public int add(double value) {
    int at = Arrays.binarySearch(values, 0, count, value);
    if (at >= 0) {
      return -1;
    }
    if (count == values.length) {
      values = Arrays.copyOf(values, Math.max(FIRST_LENGTH, 2 * count));
    }
    int place = ~at;
    System.arraycopy(values, place, values, place + 1, count - place);
    values[place] = value;
    count++;
    return place;
  }

  /** Whether a value is among them. */
  public boolean contains(double value) {
    return Arrays.binarySearch(values, 0, count, value) >= 0;
  }

  /** How many there are. */
  public int count() {
    return count;
  }

  /** The value at a place. */
  public double get(int place) {
    return values[place];
  }

  /** All of them. */
  public double[] toArray() {
    return Arrays.copyOf(values, count);
  }

  /** Whether so many distinct values among some rows are few, and not by chance. */
  public static boolean areFew(long count, long rows) {
    return rows >= COPIES * count;
  }
}
