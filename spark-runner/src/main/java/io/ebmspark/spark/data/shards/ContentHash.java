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
    long z = RowKey.of(values).hash() + 0x9E3779B97F4A7C15L;
    z = (z ^ (z >>> 33)) * 0xFF51AFD7ED558CCDL;
    z = (z ^ (z >>> 33)) * 0xC4CEB9FE1A85EC53L;
    return ((z ^ (z >>> 33)) >>> 11) * 0x1p-53;
  }
}
