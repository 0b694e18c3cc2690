package io.ebmspark.spark.record;

/** What a run came to. */
public enum Outcome {
  /** It did what it was asked. */
  DONE(0),
  /** It trained a candidate, and made it the champion. */
  PROMOTED(0),
  /** Rows, settings and champion are those of a run before: there was nothing to do. */
  UNCHANGED(0),
  /** It trained a candidate that a gate refused; the champion is as it was. */
  REFUSED_BY_GATE(6),
  /** A check of the rows refused them; nothing was trained. */
  REFUSED_BY_CHECK(7),
  /** It ended in an error, whose kind the exit code tells. */
  FAILED(1);

  private final int exitCode;

  Outcome(int exitCode) {
    this.exitCode = exitCode;
  }

  /** What the process ends with, unless an error says otherwise. */
  public int exitCode() {
    return exitCode;
  }
}
