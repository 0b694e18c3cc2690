package io.ebmspark.spark.check;

import io.ebmspark.core.settings.Check;
import io.ebmspark.spark.record.Action;
import io.ebmspark.spark.record.Status;

/** When a check speaks up, and when it refuses the rows. */
interface Limits {
  /** What becomes of the run. */
  Action action();

  /** Above this a person is told. */
  double warn();

  /** Above this nothing is trained. */
  double stop();

  /** Refuses limits that are negative, or the wrong way round. */
  static void check(double warn, double stop) {
    Check.notNegative("warn", warn);
    Check.that(stop >= warn, "stop", "must not be below warn, got " + stop + " and " + warn);
  }

  /**
   * What a value comes to.
   *
   * @param noise what it reaches by chance: below that nothing is said
   */
  default Status status(double value, double noise) {
    if (action() == Action.STOP && value > Math.max(stop(), noise)) {
      return Status.FAILED;
    }
    return value > Math.max(warn(), noise) ? Status.WARNED : Status.PASSED;
  }

  /** The limit that a status came of: the next one where nothing was wrong. */
  default double limit(Status status, double noise) {
    return Math.max(status == Status.FAILED ? stop() : warn(), noise);
  }
}
