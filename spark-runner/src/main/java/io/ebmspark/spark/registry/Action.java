package io.ebmspark.spark.registry;

/** What an entry of a history did. */
public enum Action {
  /** A version was finished; it is the candidate. */
  REGISTER,
  /** A version became the champion. */
  PROMOTE,
  /** A gate refused to make a version the champion. */
  REFUSE,
  /** A former champion became the champion again. */
  ROLLBACK,
  /** A version was removed, as old and not in use. */
  REMOVE
}
