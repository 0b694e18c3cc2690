package io.ebmspark.core.schedule;

import io.ebmspark.core.settings.Family;
import io.ebmspark.core.settings.Shorthand;

/**
 * A value as a pure function of the step: it counts nothing itself, so a replayed step sees the
 * same value. In a job file, a bare number is a {@link Constant}.
 */
@Family(packageName = "io.ebmspark.core.schedule")
public interface Schedule {
  /**
   * The value at a step.
   *
   * @param step from 0; whose steps are counted is said where a schedule is used
   */
  double at(long step);

  /** The same value at every step. */
  @Shorthand
  static Schedule of(double value) {
    return new Constant(value);
  }

  /** What the schedule comes to: its value far beyond the last step it changes at. */
  default double last() {
    return at(Long.MAX_VALUE / 4);
  }
}
