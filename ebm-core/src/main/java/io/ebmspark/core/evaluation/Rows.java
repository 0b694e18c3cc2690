package io.ebmspark.core.evaluation;

/** Packed rows, as all evaluations take them. */
final class Rows {
  private Rows() {}

  static void check(float[] rows, int width, int atLeast) {
    if (width < 1 || rows.length % width != 0 || rows.length / width < atLeast) {
      throw new IllegalArgumentException(
          rows.length + " values are not " + atLeast + " or more rows of width " + width);
    }
  }

  /** Rejects a comparison in which a class has no scores. */
  static void checkClasses(float[] negatives, float[] positives) {
    if (negatives.length == 0 || positives.length == 0) {
      throw new IllegalArgumentException("both classes need scores");
    }
  }

  static double squaredDistance(float[] first, int i, float[] second, int j, int width) {
    double sum = 0;
    for (int k = 0; k < width; k++) {
      double difference = (double) first[i * width + k] - second[j * width + k];
      sum += difference * difference;
    }
    return sum;
  }
}
