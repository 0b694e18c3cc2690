package io.ebmspark.spark.record;

/** The outcome of a run. */
public enum Outcome {
  /** It did what it was asked. */
  DONE(0),
  /** It trained a candidate, and made it the champion. */
  PROMOTED(0),
  /** Its version exists and was promoted: there was nothing to do. */
  UNCHANGED(0),
  /**
   * A gate refused its candidate, or an earlier run's with the same rows, settings and champion;
   * the champion is unchanged.
   */
  REFUSED_BY_GATE(6),
  /** A check of the rows refused them; nothing was trained. */
  REFUSED_BY_CHECK(7),
  /** It ended in an error, of the kind that the exit code tells. */
  FAILED(1);

  private final int exitCode;

  Outcome(int exitCode) {
    this.exitCode = exitCode;
  }

  /** The exit code of the process, unless an error has its own. */
  public int exitCode() {
    return exitCode;
  }
}
