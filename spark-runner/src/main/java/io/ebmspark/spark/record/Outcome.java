package io.ebmspark.spark.record;

/** What a run came to. */
public enum Outcome {
  /** It did what it was asked. */
  DONE,
  /** It trained a candidate, and made it the champion. */
  PROMOTED,
  /** Rows, settings and champion are those of a run before: there was nothing to do. */
  UNCHANGED,
  /** It trained a candidate that a gate refused; the champion is as it was. */
  REFUSED_BY_GATE,
  /** A check of the rows refused them; nothing was trained. */
  REFUSED_BY_CHECK,
  /** It ended in an error. */
  FAILED
}
