package io.ebmspark.spark.data.shards;

import io.ebmspark.spark.data.encoding.Numeric;
import java.util.Optional;
import java.util.function.DoubleUnaryOperator;

/**
 * The shape of a column of numbers as it is and as its logarithm, from counts by magnitude: values
 * are known to one part in 64, which is enough to choose by and to scale by, and no order of rows
 * changes it.
 */
final class Skewness {
  /** An exponential density has 2. */
  private static final double FAR_SKEWED = 2;

  private final ColumnCounts counts;
  private final boolean ofAll;

  Skewness(ColumnCounts counts, boolean ofAll) {
    this.counts = counts;
    this.ofAll = ofAll;
  }

  /** Mean, deviation and skewness. */
  record Shape(double mean, double deviation, double skewness) {}

  /** The shape of the values under a map. */
  Shape shape(DoubleUnaryOperator map) {
    double[] sums = new double[4];
    counts.magnitudes(
        ofAll,
        (value, rows) -> {
          sums[0] += rows;
          sums[1] += rows * map.applyAsDouble(value);
        });
    double mean = sums[1] / sums[0];
    counts.magnitudes(
        ofAll,
        (value, rows) -> {
          double difference = map.applyAsDouble(value) - mean;
          sums[2] += rows * difference * difference;
          sums[3] += rows * difference * difference * difference;
        });
    double variance = sums[2] / sums[0];
    double deviation = Math.sqrt(variance);
    return new Shape(mean, deviation, sums[3] / sums[0] / (variance * deviation));
  }

  /**
   * The unit of the logarithm: a power of ten, one deviation of the magnitudes below their mean, so
   * that most values are on its logarithmic part.
   *
   * @param least of a column of whole numbers 1: there is nothing between 0 and 1
   */
  double unit(double least) {
    double[] sums = new double[3];
    counts.magnitudes(
        ofAll,
        (value, rows) -> {
          if (value != 0) {
            double magnitude = StrictMath.log10(Math.abs(value));
            sums[0] += rows;
            sums[1] += rows * magnitude;
            sums[2] += rows * magnitude * magnitude;
          }
        });
    if (sums[0] == 0) {
      return 1;
    }
    double mean = sums[1] / sums[0];
    double deviation = Math.sqrt(Math.max(0, sums[2] / sums[0] - mean * mean));
    double power = Math.min(Math.max(Math.floor(mean - deviation), -300), 300);
    return Math.max(least, StrictMath.pow(10, power));
  }

  /** The unit, where no value is negative and the logarithm is far less skewed. */
  Optional<Double> chosen(double least) {
    double[] lowest = {0};
    counts.magnitudes(ofAll, (value, rows) -> lowest[0] = Math.min(lowest[0], value));
    if (lowest[0] < 0) {
      return Optional.empty();
    }
    double unit = unit(least);
    double before = shape(x -> x).skewness();
    double after = shape(x -> Numeric.log(x, unit)).skewness();
    return before > FAR_SKEWED && Math.abs(after) < before / 2
        ? Optional.of(unit)
        : Optional.empty();
  }
}
