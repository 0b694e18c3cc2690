package io.ebmspark.spark.evaluate;

import io.ebmspark.core.data.FeatureScaling;
import java.util.Arrays;

/**
 * Rows to evaluate on, held by the driver, preferably in random order. Distances and losses are
 * measured in these rows' units, so that two models evaluated on the same rows are compared in the
 * same units.
 *
 * @param usual rows, packed row-major
 * @param anomalies rows known to be anomalies, packed likewise; may be empty
 * @param units map from the table's units to those of these rows
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

  /** Rows none of which is known to be an anomaly. */
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

  /** The first rows of each kind, at most this many. */
  EvaluationRows atMost(int rows) {
    int values = Math.multiplyExact(rows, units.width());
    return new EvaluationRows(
        values < usual.length ? Arrays.copyOf(usual, values) : usual,
        values < anomalies.length ? Arrays.copyOf(anomalies, values) : anomalies,
        units);
  }

  /** Converts packed rows between units; returns the same array if the units are equal. */
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
