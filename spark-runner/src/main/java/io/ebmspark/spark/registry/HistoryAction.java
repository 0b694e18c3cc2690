package io.ebmspark.spark.registry;

/** What an entry of a history records. */
public enum HistoryAction {
  /** A version was published, and is the candidate. */
  REGISTER,
  /** A version became the champion. */
  PROMOTE,
  /** A gate refused a version as champion. */
  REFUSE,
  /** A former champion became the champion again. */
  ROLLBACK,
  /** A version was removed, being old and not in use. */
  REMOVE
}
