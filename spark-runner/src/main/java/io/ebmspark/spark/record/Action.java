package io.ebmspark.spark.record;

/** What becomes of a run when a check of its rows, or a gate of its candidate, finds something. */
public enum Action {
  /** It goes on, and says so. */
  WARN,
  /**
   * Nothing is trained, or the candidate is not promoted; a check with two limits only says so
   * between them.
   */
  STOP,
  /** Nothing is checked. */
  OFF
}
