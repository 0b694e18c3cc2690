package io.ebmspark.core.explain;

import io.ebmspark.core.model.RowEnergies;

/**
 * Which value would be expected in a place of a row, as its other values are: the one at which the
 * energy is lowest. Not for several threads at once.
 */
public final class Alternatives {
  private static final int REFINEMENTS = 3;
  private static final int BETWEEN = 15;

  private final FixedBlocks energy;
  private final int width;

  /** The alternatives under an energy. */
  public Alternatives(RowEnergies energy) {
    this.energy = new FixedBlocks(energy);
    this.width = energy.width();
  }

  /**
   * Which of some values are the best, in one place of a row or in several that go together.
   *
   * @param first the first of the places
   * @param count how many there are
   * @param values to be tried, packed: {@code count} after {@code count}
   * @return the first of those with the lowest energy
   */
  public int best(float[] row, int first, int count, float[] values) {
    float[] energies =
        energy.energies(
            values.length / count,
            (i, into, at) -> {
              System.arraycopy(row, 0, into, at, width);
              System.arraycopy(values, i * count, into, at + first, count);
            });
    int best = 0;
    for (int i = 1; i < energies.length; i++) {
      best = energies[i] < energies[best] || Float.isNaN(energies[best]) ? i : best;
    }
    return best;
  }

  /**
   * The best value of one place: the best of a grid, then three times the best of fourteen more
   * between its neighbours.
   *
   * @param grid in increasing order
   */
  public float best(float[] row, int place, float[] grid) {
    float[] tried = grid;
    int best = best(row, place, 1, tried);
    for (int round = 0; round < REFINEMENTS; round++) {
      double low = tried[Math.max(0, best - 1)];
      double high = tried[Math.min(tried.length - 1, best + 1)];
      float middle = tried[best];
      tried = between(low, middle, high);
      best = best(row, place, 1, tried);
    }
    return tried[best];
  }

  /** The middle again, lest a finer grid miss it, and values on both sides. */
  private static float[] between(double low, float middle, double high) {
    int half = BETWEEN / 2;
    float[] values = new float[2 * half + 3];
    for (int i = 0; i <= half; i++) {
      values[i] = (float) (low + (middle - low) * i / (half + 1));
      values[half + 2 + i] = (float) (middle + (high - middle) * (i + 1) / (half + 1));
    }
    values[half + 1] = middle;
    return values;
  }
}
