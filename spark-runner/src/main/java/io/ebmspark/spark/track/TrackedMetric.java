package io.ebmspark.spark.track;

/**
 * A number of a run at one of its steps.
 *
 * @param timestamp when it was measured, in milliseconds since 1970
 */
record TrackedMetric(String key, double value, long timestamp, long step) {
  TrackedMetric {
    key = MlflowServer.key(key);
  }
}
