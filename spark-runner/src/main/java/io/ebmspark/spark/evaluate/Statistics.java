package io.ebmspark.spark.evaluate;

import io.ebmspark.spark.record.Measured;
import java.util.Arrays;
import java.util.Optional;

/** Means with their standard errors, and energies prepared for statistics. */
public final class Statistics {
  private Statistics() {}

  /** The mean of some numbers, with its standard error if there are at least two. */
  public static Measured mean(double[] values) {
    double sum = 0;
    for (double value : values) {
      sum += value;
    }
    double mean = sum / values.length;
    return measured(mean, deviation(values, mean) / Math.sqrt(values.length));
  }

  /**
   * A share of rows, with the standard error as if two more rows were of them and two were not
   * (Agresti and Coull 1998): none of a few hundred rows does not say that there are none at all.
   */
  public static Measured share(long count, long of) {
    double middle = (count + 2.0) / (of + 4);
    return measured((double) count / of, Math.sqrt(middle * (1 - middle) / (of + 4)));
  }

  /** The sample standard deviation; NaN for fewer than two values. */
  public static double deviation(double[] values, double mean) {
    double squares = 0;
    for (double value : values) {
      squares += (value - mean) * (value - mean);
    }
    return Math.sqrt(squares / (values.length - 1.0));
  }

  static Measured measured(double value, double error) {
    return new Measured(value, Double.isFinite(error) ? Optional.of(error) : Optional.empty());
  }

  /** The finite values among some energies. */
  public static double[] finite(float[] energies) {
    double[] finite = new double[energies.length];
    int count = 0;
    for (float energy : energies) {
      if (Float.isFinite(energy)) {
        finite[count++] = energy;
      }
    }
    return Arrays.copyOf(finite, count);
  }

  /** Energies to rank: as in scoring, nothing is less usual than an overflow, so it becomes +∞. */
  public static float[] ranked(float[] energies) {
    float[] ranked = energies.clone();
    for (int i = 0; i < ranked.length; i++) {
      ranked[i] = Float.isFinite(ranked[i]) ? ranked[i] : Float.POSITIVE_INFINITY;
    }
    return ranked;
  }
}
