package io.ebmspark.spark.train;

import io.ebmspark.core.data.RowBlock;
import io.ebmspark.core.data.Vectors;
import io.ebmspark.spark.data.shards.ShardedTable;
import java.io.Serializable;
import org.apache.spark.api.java.JavaRDD;

/**
 * Every n-th row by global index. The canonical order is random, so they are a fair sample, and the
 * same one however the rows are cut into shards.
 *
 * @param stride n
 */
public record EveryNth(long stride) implements Serializable {
  /** The smallest stride that leaves no more than a number of rows. */
  static EveryNth atMost(long most, ShardedTable table) {
    return atMost(most, table.rows());
  }

  /** The smallest stride that leaves at most {@code most} of some rows. */
  public static EveryNth atMost(long most, long rows) {
    return new EveryNth(Math.max(1, (rows + most - 1) / most));
  }

  /** The rows of all blocks, packed, in the order of the blocks. */
  public float[] in(JavaRDD<RowBlock> blocks) {
    return Vectors.joined(blocks.map(this::of).collect());
  }

  /** The rows of a shard, packed. */
  float[] of(RowBlock block) {
    long first = (stride - block.firstRow() % stride) % stride;
    int count = block.rows() <= first ? 0 : (int) ((block.rows() - first - 1) / stride + 1);
    int width = block.width();
    float[] chosen = new float[count * width];
    for (int i = 0; i < count; i++) {
      int row = (int) (first + i * stride);
      System.arraycopy(block.values(), row * width, chosen, i * width, width);
    }
    return chosen;
  }
}
