package io.ebmspark.spark.data.shards;

import java.io.Serializable;
import java.util.Arrays;

/** For each feature, the count, mean, sum of squared deviations and range of its present values. */
final class Moments implements Serializable {
  /** Rows added, including those with missing values. */
  long rows;

  /** The sum of their weights. */
  double weight;

  final long[] present;
  final double[] presentWeight;
  final double[] mean;
  final double[] squares;
  final double[] min;
  final double[] max;

  Moments(int width) {
    this.present = new long[width];
    this.presentWeight = new double[width];
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

  /**
   * Adds a row so many times: one by one, so that rounding does not tell how it was counted.
   *
   * @param isWhole whether no value is missing
   */
  void add(double[] values, double rowWeight, long count, boolean isWhole) {
    for (long copy = 0; copy < count; copy++) {
      if (isWhole) {
        addWhole(values, rowWeight);
      } else {
        add(values, rowWeight);
      }
    }
  }

  /** The same operations on every value as below, several values at once. */
  private void addWhole(double[] values, double rowWeight) {
    rows++;
    weight += rowWeight;
    for (int i = 0; i < values.length; i++) {
      present[i]++;
    }
    for (int i = 0; i < values.length; i++) {
      presentWeight[i] += rowWeight;
    }
    for (int i = 0; i < values.length; i++) {
      double difference = values[i] - mean[i];
      double moved = mean[i] + rowWeight * difference / presentWeight[i];
      mean[i] = moved;
      squares[i] += rowWeight * difference * (values[i] - moved);
    }
    for (int i = 0; i < values.length; i++) {
      min[i] = Math.min(min[i], values[i]);
      max[i] = Math.max(max[i], values[i]);
    }
  }

  /** Adds a row, by Welford's update with West's weights. */
  private void add(double[] values, double rowWeight) {
    rows++;
    weight += rowWeight;
    for (int i = 0; i < values.length; i++) {
      double value = values[i];
      if (!Double.isFinite(value)) {
        continue;
      }
      present[i]++;
      presentWeight[i] += rowWeight;
      double difference = value - mean[i];
      mean[i] += rowWeight * difference / presentWeight[i];
      squares[i] += rowWeight * difference * (value - mean[i]);
      min[i] = Math.min(min[i], value);
      max[i] = Math.max(max[i], value);
    }
  }

  /** Adds the rows that follow these, by the update of Chan, Golub and LeVeque. */
  void merge(Moments next) {
    rows += next.rows;
    weight += next.weight;
    for (int i = 0; i < width(); i++) {
      if (next.present[i] == 0) {
        continue;
      }
      double before = presentWeight[i];
      double added = next.presentWeight[i];
      double after = before + added;
      double difference = next.mean[i] - mean[i];
      mean[i] += difference * (added / after);
      squares[i] += next.squares[i] + difference * difference * (before * added / after);
      present[i] += next.present[i];
      presentWeight[i] = after;
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
    return Math.sqrt(squares[i] / weight);
  }
}
