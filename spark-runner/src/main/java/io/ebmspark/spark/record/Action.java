package io.ebmspark.spark.record;

/** What to do when a check of the rows, or a gate for the candidate, finds something. */
public enum Action {
  /** The run continues, with a warning. */
  WARN,
  /**
   * Nothing is trained, or the candidate is not promoted; a check with two limits only warns
   * between them.
   */
  STOP,
  /** Nothing is checked. */
  OFF
}
