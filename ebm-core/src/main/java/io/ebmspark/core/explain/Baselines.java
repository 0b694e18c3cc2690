package io.ebmspark.core.explain;

import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * Usual rows, which unusual ones are compared with, and what values are usual in each place.
 *
 * @param rows packed row-major, in the model's units; at least one
 * @param grid for each place of a row in turn, quantiles of its values, in increasing order
 * @param width values a row
 */
public record Baselines(float[] rows, float[] grid, int width) {
  /** How many rows a model keeps. */
  public static final int MOST = 64;

  /** How many quantiles of each input a model keeps. */
  public static final int QUANTILES = 33;

  /** Share of the rows, by energy, that are usual enough to compare with. */
  private static final double USUAL = 0.9;

  public Baselines {
    if (rows.length == 0 || rows.length % width != 0 || grid.length % width != 0) {
      throw new IllegalArgumentException(
          rows.length + " values and " + grid.length + " quantiles are not of rows of " + width);
    }
  }

  /**
   * Chooses from rows in an order that says nothing of them. Of those whose energy is not among the
   * highest tenth, {@value #MOST} evenly spaced ones stand for the regions of the table; of the
   * rows nearest to each, the one of the lowest energy is chosen. The lowest of all would be of one
   * kind, and a row of another kind would differ from them in what is usual for its own.
   *
   * @param rows packed row-major
   * @param energies of the rows, all finite
   */
  public static Baselines of(float[] rows, float[] energies, int width) {
    int[] byEnergy =
        IntStream.range(0, energies.length)
            .boxed()
            .sorted(Comparator.comparingDouble(row -> energies[row])) // stable: then by place
            .limit((long) Math.ceil(USUAL * energies.length))
            .mapToInt(Integer::intValue)
            .toArray();
    int[] usual = byEnergy.clone();
    Arrays.sort(usual);
    int regions = Math.min(MOST, usual.length);
    int[] centres =
        IntStream.range(0, regions)
            .map(i -> usual[(int) ((long) i * usual.length / regions)])
            .toArray();
    float[] around = packed(rows, centres, width);
    int[] lowest = new int[regions];
    Arrays.fill(lowest, -1);
    for (int row : byEnergy) {
      int region = nearest(around, rows, row * width, width);
      lowest[region] = lowest[region] < 0 ? row : lowest[region];
    }
    int[] chosen =
        Arrays.stream(lowest).filter(row -> row >= 0).toArray(); // not of a copy's region
    return new Baselines(packed(rows, chosen, width), quantiles(rows, width), width);
  }

  private static float[] packed(float[] rows, int[] which, int width) {
    float[] packed = new float[which.length * width];
    for (int i = 0; i < which.length; i++) {
      System.arraycopy(rows, which[i] * width, packed, i * width, width);
    }
    return packed;
  }

  private static float[] quantiles(float[] rows, int width) {
    int count = rows.length / width;
    float[] grid = new float[width * QUANTILES];
    float[] values = new float[count];
    for (int j = 0; j < width; j++) {
      for (int i = 0; i < count; i++) {
        values[i] = rows[i * width + j];
      }
      Arrays.sort(values);
      for (int q = 0; q < QUANTILES; q++) {
        grid[j * QUANTILES + q] = values[(int) ((long) q * (count - 1) / (QUANTILES - 1))];
      }
    }
    return grid;
  }

  /** How many there are. */
  public int size() {
    return rows.length / width;
  }

  /** The usual values of a place, in increasing order, each once. */
  public float[] grid(int place) {
    int quantiles = grid.length / width;
    float[] values = Arrays.copyOfRange(grid, place * quantiles, (place + 1) * quantiles);
    int count = 1;
    for (int i = 1; i < values.length; i++) {
      if (values[i] > values[count - 1]) {
        values[count++] = values[i];
      }
    }
    return Arrays.copyOf(values, count);
  }

  /** The baseline nearest to a row, the first of those at one distance. */
  public int nearest(float[] packed, int at) {
    return nearest(rows, packed, at, width);
  }

  private static int nearest(float[] among, float[] rows, int at, int width) {
    int nearest = 0;
    double least = Double.POSITIVE_INFINITY;
    for (int from = 0; from < among.length; from += width) {
      double distance = 0;
      for (int j = 0; j < width && distance < least; j++) {
        double apart = (double) rows[at + j] - among[from + j];
        distance += apart * apart;
      }
      if (distance < least) {
        least = distance;
        nearest = from / width;
      }
    }
    return nearest;
  }
}
