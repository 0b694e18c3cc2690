package io.ebmspark.spark.evaluate;

import io.ebmspark.spark.model.Model;
import java.util.Arrays;
import java.util.OptionalDouble;

/** Energies from which on a model alarms. */
public final class Thresholds {
  private Thresholds() {}

  /** A model's own, for a false-positive rate; empty where it knows too few energies for it. */
  public static OptionalDouble of(Model model, double falsePositiveRate) {
    double[] knots = model.config().trainingEnergies().toArray();
    float[] energies = new float[knots.length];
    for (int i = 0; i < energies.length; i++) {
      energies[i] = (float) knots[i];
    }
    return among(energies, falsePositiveRate);
  }

  /**
   * The energy at or above which lie at most a share of some, less one for the row that is judged:
   * with n usual rows, one more exceeds the ⌊(n+1)·rate⌋-th highest with that probability at most.
   *
   * @return empty where (n+1)·rate is below 1
   */
  public static OptionalDouble among(float[] energies, double falsePositiveRate) {
    float[] sorted = energies.clone();
    Arrays.sort(sorted);
    int rank = (int) Math.floor((sorted.length + 1) * falsePositiveRate);
    return rank < 1 ? OptionalDouble.empty() : OptionalDouble.of(sorted[sorted.length - rank]);
  }
}
