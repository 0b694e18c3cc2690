package io.ebmspark.spark.gate;

/** What becomes of a candidate that a gate finds wanting. */
public enum Action {
  /** It may be promoted, and the run says so. */
  WARN,
  /** It is not promoted. */
  STOP,
  /** The gate judges nothing. */
  OFF
}
