package io.ebmspark.spark.report;

/**
 * How much of everything a page shows; the rest is only counted.
 *
 * @param pictured columns with a chart of their own
 * @param listed columns listed with numbers only
 * @param judged checks or gates shown one by one
 * @param points of a curve
 * @param features marginals
 * @param values of one unusual row
 * @param few anything else: notices, phases, thresholds, rows, bins
 * @param settings characters of the job
 */
record PageLimits(
    int pictured,
    int listed,
    int judged,
    int points,
    int features,
    int values,
    int few,
    int settings) {
  static final PageLimits FULL = new PageLimits(40, 500, 60, 300, 24, 12, 100, 40_000);

  PageLimits halved() {
    return new PageLimits(
        pictured / 2,
        listed / 2,
        judged / 2,
        points / 2,
        features / 2,
        values / 2,
        few / 2,
        settings / 2);
  }
}
