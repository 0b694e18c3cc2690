package io.ebmspark.core.data;

import java.io.Serializable;

/**
 * Consecutive rows of a data set's canonical order, packed row-major: the part of the data one
 * logical shard holds.
 *
 * @param firstRow global index of the first row
 * @param width values per row
 * @param values {@code rows() * width} values, already scaled to the model's units
 */
public record RowBlock(long firstRow, int width, float[] values) implements Serializable {
  public RowBlock {
    if (width < 1 || values.length % width != 0) {
      throw new IllegalArgumentException(
          values.length + " values do not make whole rows of width " + width);
    }
  }

  /** The number of rows; a shard may be empty. */
  public int rows() {
    return values.length / width;
  }
}
