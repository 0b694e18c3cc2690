package io.ebmspark.spark.data.shards;

import java.io.Serializable;
import java.util.Arrays;

/** For each feature, the count, mean, sum of squared deviations and range of its present values. */
final class Moments implements Serializable {
  /** Rows added, including those with missing values. */
  long rows;

  final long[] present;
  final double[] mean;
  final double[] squares;
  final double[] min;
  final double[] max;

  Moments(int width) {
    this.present = new long[width];
    this.mean = new double[width];
    this.squares = new double[width];
    this.min = new double[width];
    this.max = new double[width];
    Arrays.fill(min, Double.POSITIVE_INFINITY);
    Arrays.fill(max, Double.NEGATIVE_INFINITY);
  }

  int width() {
    return mean.length;
  }

  /** Adds a row, by Welford's update. */
  void add(double[] values) {
    rows++;
    for (int i = 0; i < values.length; i++) {
      double value = values[i];
      if (!Double.isFinite(value)) {
        continue;
      }
      present[i]++;
      double difference = value - mean[i];
      mean[i] += difference / present[i];
      squares[i] += difference * (value - mean[i]);
      min[i] = Math.min(min[i], value);
      max[i] = Math.max(max[i], value);
    }
  }

  /** Adds the rows that follow these, by the update of Chan, Golub and LeVeque. */
  void merge(Moments next) {
    rows += next.rows;
    for (int i = 0; i < width(); i++) {
      if (next.present[i] == 0) {
        continue;
      }
      double before = present[i];
      double after = before + next.present[i];
      double difference = next.mean[i] - mean[i];
      mean[i] += difference * (next.present[i] / after);
      squares[i] += next.squares[i] + difference * difference * (before * next.present[i] / after);
      present[i] += next.present[i];
      min[i] = Math.min(min[i], next.min[i]);
      max[i] = Math.max(max[i], next.max[i]);
    }
  }

  /** Whether a feature has no standard deviation to divide by. */
  boolean isConstant(int i) {
    return present[i] > 0 && (min[i] == max[i] || deviation(i) == 0);
  }

  /**
   * The population standard deviation after missing values are imputed by the mean: they add rows,
   * but no squares.
   */
  double deviation(int i) {
    return Math.sqrt(squares[i] / rows);
  }
}
