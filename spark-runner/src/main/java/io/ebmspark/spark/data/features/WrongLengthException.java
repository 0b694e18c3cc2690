package io.ebmspark.spark.data.features;

/**
 * A row's array has a different number of values from the features; callers may count such rows.
 */
public final class WrongLengthException extends RuntimeException {
  private final int length;

  WrongLengthException(String column, int length, int width) {
    // Without a stack trace: a whole table may be wrong, and each row would pay for one.
    super(
        "a row of array column " + column + " has length " + length + ", not " + width,
        null,
        false,
        false);
    this.length = length;
  }

  /** The length found. */
  public int length() {
    return length;
  }
}
