package io.ebmspark.spark.train;

/** When executors join gradients among themselves, each a slice, before the driver takes them. */
@FunctionalInterface
interface Slicing {
  /** Measured: with less beyond one vector, the messages cost about what is won. */
  Slicing DEFAULT = above(8 << 20, 64 << 10);

  /**
   * The number of slices of a vector; 1 sends it whole.
   *
   * @param executors that have a part of it
   */
  int slices(int executors, long parameters);

  /**
   * As many slices as executors, where that spares the driver enough.
   *
   * @param from the least number of bytes that it would have to take beyond one vector
   * @param least bytes of a slice; a shorter one is not worth a message
   */
  static Slicing above(long from, long least) {
    return (executors, parameters) -> {
      long bytes = Float.BYTES * parameters;
      boolean isWorthIt = executors > 1 && (executors - 1) * bytes >= from;
      return isWorthIt ? (int) Math.max(1, Math.min(executors, bytes / least)) : 1;
    };
  }
}
