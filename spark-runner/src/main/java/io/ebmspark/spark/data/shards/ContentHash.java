package io.ebmspark.spark.data.shards;

/** Identifies rows by their content, wherever they are stored. */
public final class ContentHash {
  private ContentHash() {}

  /**
   * The second hash of a row's raw features, in [0, 1): rows whose hash is below a table's held-out
   * share are not trained on.
   *
   * @param values normalised in place to one form of zero and of NaN, as in training
   */
  public static double second(double[] values) {
    return HoldOut.secondHash(RowKey.of(values).hash());
  }
}
