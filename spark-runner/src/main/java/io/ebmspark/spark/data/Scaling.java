package io.ebmspark.spark.data;

/** How features are brought to the model's units. */
public enum Scaling {
  /** Each feature to mean 0 and variance 1 over the training rows. */
  STANDARD,
  /** All features from data.range to [−1, 1]: for pixels. */
  RANGE,
  /** As they are. */
  NONE
}
