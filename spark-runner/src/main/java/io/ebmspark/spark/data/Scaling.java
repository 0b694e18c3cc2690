package io.ebmspark.spark.data;

/** How a table's units are mapped to the model's. */
public enum Scaling {
  /** Each feature to mean zero and (population) variance one. */
  STANDARD,
  /** One known range of all features onto [−1, 1]. */
  RANGE,
  /** Values as they are. */
  NONE
}
