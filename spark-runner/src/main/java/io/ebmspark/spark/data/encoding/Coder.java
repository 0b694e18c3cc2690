package io.ebmspark.spark.data.encoding;

import java.io.Serializable;
import org.jspecify.annotations.Nullable;

/** Encodes and decodes values of one column; safe to share between threads. */
interface Coder extends Serializable {
  /**
   * Writes the inputs of a value, from place {@code at} on, unscaled; NaN where the mean of the
   * training rows is to stand in.
   *
   * @param value as {@link ColumnValue} has it; not finite where it is missing
   */
  void encode(double value, double[] into, int at);

  /** Whether there is a value, and it is none of those that are told apart. */
  default boolean isOther(double value) {
    return false;
  }

  /**
   * The value that drawn inputs are nearest to: a Double (days, of a time), a text, or null.
   *
   * @param choice a random number in [0, 1), for a choice among values with the same inputs
   */
  @Nullable Object decode(double[] inputs, int at, double choice);

  /** Whether a drawn input that is 1 for missing values, and 0 for others, is nearer to 1. */
  static boolean saysMissing(double indicator) {
    return indicator > 0.5;
  }
}
