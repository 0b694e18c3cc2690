package io.ebmspark.spark.record;

/** How a check or a gate ended. */
public enum Status {
  /** Within its limit. */
  PASSED,
  /** Beyond its limit, which was set to warn only. */
  WARNED,
  /** Beyond its limit: nothing is trained, or the candidate is not promoted. */
  FAILED,
  /** Could not be decided, or had nothing to compare with; the message says why. */
  SKIPPED
}
