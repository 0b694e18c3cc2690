package io.ebmspark.spark.check;

/** What becomes of a run when a check finds something. */
public enum Action {
  /** It goes on, and says so. */
  WARN,
  /** Beyond the upper limit nothing is trained; beyond the lower one it goes on, and says so. */
  STOP,
  /** The check is not made. */
  OFF
}
