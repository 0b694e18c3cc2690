package io.ebmspark.spark.data.shards;

/** What tells rows apart by what they hold, wherever they are stored. */
public final class ContentHash {
  private ContentHash() {}

  /**
   * The second hash of a row's raw features, from 0 to 1: rows with one below a table's share are
   * held out from training.
   *
   * @param values one form of zero and of NaN is put in, as training does
   */
  public static double second(double[] values) {
    return HoldOut.secondHash(RowKey.of(values).hash());
  }
}
