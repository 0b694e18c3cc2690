package io.ebmspark.core.data;

import java.io.Serializable;
import org.jspecify.annotations.Nullable;

/**
 * Consecutive rows of a data set's canonical order, packed row-major: the part of the data one
 * logical shard holds.
 *
 * @param firstRow global index of the first row
 * @param width values per row
 * @param values {@code rows() * width} values, already scaled to the model's units
 * @param weights what each row counts for in the loss, 1 on the average of all rows trained on;
 *     null if all count the same
 */
public record RowBlock(long firstRow, int width, float[] values, float @Nullable [] weights)
    implements Serializable {
  public RowBlock {
    if (width < 1 || values.length % width != 0) {
      throw new IllegalArgumentException(
          values.length + " values do not make whole rows of width " + width);
    }
    if (weights != null && weights.length != values.length / width) {
      throw new IllegalArgumentException(
          weights.length + " weights for " + values.length / width + " rows");
    }
  }

  /** Rows that all weigh the same. */
  public RowBlock(long firstRow, int width, float[] values) {
    this(firstRow, width, values, null);
  }

  /** Rows of these weights, or that all weigh the same where that is null. */
  public static RowBlock of(long firstRow, int width, float[] values, float @Nullable [] weights) {
    return weights == null
        ? new RowBlock(firstRow, width, values)
        : new RowBlock(firstRow, width, values, weights);
  }

  /** The number of rows; a shard may be empty. */
  public int rows() {
    return values.length / width;
  }
}
