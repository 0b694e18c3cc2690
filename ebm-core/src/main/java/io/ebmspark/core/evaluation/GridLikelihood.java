package io.ebmspark.core.evaluation;

import java.util.function.UnaryOperator;

/**
 * The negative log likelihood of two-dimensional rows under {@code exp(−E/T)/Z}, with Z summed over
 * a grid on the square [lowest, highest]².
 *
 * @param energies returns the energy of each of some packed rows
 * @param temperature T
 * @param resolution grid points per side
 */
public record GridLikelihood(
    UnaryOperator<float[]> energies,
    double temperature,
    double lowest,
    double highest,
    int resolution) {

  /** The grid of the quality tables: 401² points on [−4, 4]². */
  public static GridLikelihood standard(UnaryOperator<float[]> energies, double temperature) {
    return new GridLikelihood(energies, temperature, -4, 4, 401);
  }

  /** {@code log Z}. */
  public double logNormaliser() {
    double spacing = (highest - lowest) / (resolution - 1);
    float[] grid = new float[2 * resolution * resolution];
    int at = 0;
    for (int i = 0; i < resolution; i++) {
      for (int j = 0; j < resolution; j++) {
        grid[at++] = (float) (lowest + i * spacing);
        grid[at++] = (float) (lowest + j * spacing);
      }
    }
    float[] values = energies.apply(grid);
    double largest = Double.NEGATIVE_INFINITY;
    for (float energy : values) {
      largest = Math.max(largest, -energy / temperature);
    }
    double sum = 0;
    for (float energy : values) {
      sum += Math.exp(-energy / temperature - largest);
    }
    return largest + Math.log(sum) + 2 * Math.log(spacing);
  }

  /**
   * The mean negative log likelihood.
   *
   * @param rows packed pairs
   */
  public double negativeLogLikelihood(float[] rows) {
    double sum = 0;
    float[] values = energies.apply(rows);
    for (float energy : values) {
      sum += energy / temperature;
    }
    return sum / values.length + logNormaliser();
  }
}
