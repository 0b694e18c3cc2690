package io.ebmspark.spark.evaluate;

import io.ebmspark.spark.record.Measured;
import java.util.Optional;

/** Means and their errors. */
public final class Statistics {
  private Statistics() {}

  /** The mean of some numbers, with its standard error where there are two or more. */
  public static Measured mean(double[] values) {
    double sum = 0;
    for (double value : values) {
      sum += value;
    }
    double mean = sum / values.length;
    return measured(mean, deviation(values, mean) / Math.sqrt(values.length));
  }

  /** A share of rows, with the standard error of a binomial one. */
  public static Measured share(long count, long of) {
    double share = (double) count / of;
    return measured(share, Math.sqrt(share * (1 - share) / of));
  }

  /** The standard deviation; NaN for fewer than two. */
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
}
