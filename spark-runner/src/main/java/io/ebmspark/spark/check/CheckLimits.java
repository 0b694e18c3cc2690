package io.ebmspark.spark.check;

import io.ebmspark.core.settings.Check;
import io.ebmspark.spark.record.Action;
import io.ebmspark.spark.record.Status;

/** When a check warns, and when it refuses the rows. */
interface CheckLimits {
  /** What to do when a limit is exceeded. */
  Action action();

  /** The value above which the check warns. */
  double warn();

  /** The value above which nothing is trained. */
  double stop();

  /** Rejects limits that are negative or in the wrong order. */
  static void check(double warn, double stop) {
    Check.notNegative("warn", warn);
    Check.that(stop >= warn, "stop", "must not be below warn, got " + stop + " and " + warn);
  }

  /**
   * The status for a value.
   *
   * @param noise what the value reaches by chance; up to that, it passes
   */
  default Status status(double value, double noise) {
    if (action() == Action.STOP && value > Math.max(stop(), noise)) {
      return Status.FAILED;
    }
    return value > Math.max(warn(), noise) ? Status.WARNED : Status.PASSED;
  }

  /** The limit that led to a status; for a value that passed, the limit to warn. */
  default double limit(Status status, double noise) {
    return Math.max(status == Status.FAILED ? stop() : warn(), noise);
  }
}
