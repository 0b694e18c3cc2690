package io.ebmspark.spark.data.shards;

/**
 * How many shards a table is cut into: as many as somebody says or, since the bits depend on it, as
 * many as follow from its rows and nothing else.
 *
 * @param said 0 if they follow from the table
 */
public record ShardRule(int said) {
  /** What follows from the table. */
  public static final ShardRule FROM_TABLE = new ShardRule(0);

  /** The number of shards of a small table. */
  public static final int FEWEST = 2;

  /** About the most values that a shard then holds: 128 MB of floats. */
  public static final long MOST_VALUES = 1L << 25;

  /** A fixed number of shards. */
  public static ShardRule of(int shards) {
    if (shards < 1) {
      throw new IllegalArgumentException("shards must be positive, got " + shards);
    }
    return new ShardRule(shards);
  }

  /** The fewest there can be. */
  int fewest() {
    return said > 0 ? said : FEWEST;
  }

  /**
   * The shards of a table: a power of two, unless they were said.
   *
   * @param rows read
   * @param width inputs of a row
   */
  public int shards(long rows, int width) {
    return said > 0 ? said : doubled(FEWEST, (double) rows * width, MOST_VALUES);
  }

  /** A number doubled until a part of the whole is no larger than wanted. */
  static int doubled(int parts, double whole, double most) {
    int enough = parts;
    while (enough < 1 << 29 && whole / enough > most) {
      enough *= 2;
    }
    return enough;
  }
}
