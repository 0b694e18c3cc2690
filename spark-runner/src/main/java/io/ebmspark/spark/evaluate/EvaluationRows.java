package io.ebmspark.spark.evaluate;

import io.ebmspark.core.data.FeatureScaling;
import java.util.Arrays;

/**
 * Rows to evaluate on, on the driver, best in an order that is random. What is measured in units is
 * measured in theirs: two models compared on the same ones are compared in the same.
 *
 * @param usual rows, packed row-major
 * @param anomalies rows known to be anomalies, packed likewise; none where nothing is known
 * @param units from the table's units to those of these rows
 */
public record EvaluationRows(float[] usual, float[] anomalies, FeatureScaling units) {
  public EvaluationRows {
    if (usual.length == 0 || usual.length % units.width() != 0) {
      throw new IllegalArgumentException(
          usual.length + " values are not one or more rows of width " + units.width());
    }
    if (anomalies.length % units.width() != 0) {
      throw new IllegalArgumentException(
          anomalies.length + " values are not rows of width " + units.width());
    }
  }

  /** Rows of which none is known to be an anomaly. */
  public static EvaluationRows of(float[] rows, FeatureScaling units) {
    return new EvaluationRows(rows, new float[0], units);
  }

  /** The number of usual rows. */
  public int count() {
    return usual.length / units.width();
  }

  /** The same rows in other units. */
  public EvaluationRows in(FeatureScaling other) {
    return new EvaluationRows(
        convert(usual, units, other), convert(anomalies, units, other), other);
  }

  /** At most so many of each, the first ones. */
  EvaluationRows atMost(int rows) {
    int values = Math.multiplyExact(rows, units.width());
    return new EvaluationRows(
        values < usual.length ? Arrays.copyOf(usual, values) : usual,
        values < anomalies.length ? Arrays.copyOf(anomalies, values) : anomalies,
        units);
  }

  /** Brings packed rows from some units to others; the same units leave them as they are. */
  static float[] convert(float[] rows, FeatureScaling from, FeatureScaling to) {
    if (same(from, to)) {
      return rows;
    }
    float[] converted = new float[rows.length];
    int width = from.width();
    for (int i = 0; i < rows.length; i++) {
      converted[i] = to.toModel(i % width, from.toTable(i % width, rows[i]));
    }
    return converted;
  }

  static boolean same(FeatureScaling a, FeatureScaling b) {
    return Arrays.equals(a.offset(), b.offset()) && Arrays.equals(a.scale(), b.scale());
  }
}
