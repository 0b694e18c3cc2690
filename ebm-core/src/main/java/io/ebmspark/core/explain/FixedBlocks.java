package io.ebmspark.core.explain;

import io.ebmspark.core.model.RowEnergies;
import java.util.Arrays;

/**
 * Rows computed in blocks of one size, the last one filled up, so that what is computed of a row
 * does not depend on how many others there are: a native matrix product may round a row otherwise
 * in a matrix of another height, or at another place in its registers. So what belongs to one row
 * begins at a multiple of {@value #LANES}.
 */
final class FixedBlocks {
  /** Rows that a product takes at once, or a multiple of them. */
  static final int LANES = 8;

  private static final int MOST_ROWS = 64;
  private static final int VALUES = 1 << 15;

  private final RowEnergies energy;
  private final int width;
  private final float[] block;
  private final int rows;

  FixedBlocks(RowEnergies energy) {
    this.energy = energy;
    this.width = energy.width();
    this.rows = LANES * Math.max(1, Math.min(MOST_ROWS, VALUES / width) / LANES);
    this.block = new float[rows * width];
  }

  /** Rows that can be written one at a time, each by its number. */
  interface Source {
    void write(int i, float[] into, int at);
  }

  /** What becomes of row {@code i}'s gradient. */
  interface GradientSink {
    void take(int i, float[] gradients, int at);
  }

  /** The energies of {@code count} rows that belong to one. */
  float[] energies(int count, Source source) {
    return energies(count, 1, source);
  }

  /** The energies of packed rows that do not belong together. */
  float[] energies(float[] packed) {
    return energies(
        packed.length / width,
        LANES,
        (i, into, at) -> System.arraycopy(packed, i * width, into, at, width));
  }

  private float[] energies(int count, int stride, Source source) {
    float[] energies = new float[count];
    int atOnce = rows / stride;
    for (int from = 0; from < count; from += atOnce) {
      int filled = Math.min(atOnce, count - from);
      Arrays.fill(block, 0);
      for (int k = 0; k < filled; k++) {
        source.write(from + k, block, k * stride * width);
      }
      float[] all = energy.energies(block, rows);
      for (int k = 0; k < filled; k++) {
        energies[from + k] = all[k * stride];
      }
    }
    return energies;
  }

  /**
   * The gradients of {@code count} rows, one after another.
   *
   * @param count a multiple of {@value #LANES} for each row they belong to
   */
  void gradients(int count, Source source, GradientSink sink) {
    for (int from = 0; from < count; from += rows) {
      int filled = Math.min(rows, count - from);
      for (int k = 0; k < filled; k++) {
        source.write(from + k, block, k * width);
      }
      Arrays.fill(block, filled * width, block.length, 0);
      float[] gradients = energy.gradients(block, rows);
      for (int k = 0; k < filled; k++) {
        sink.take(from + k, gradients, k * width);
      }
    }
  }
}
