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

  /**
   * The smallest and the largest value over a range of steps. Asks for every one of them, unless a
   * schedule knows better.
   *
   * @param first the first step
   * @param last the last step, itself included; at least {@code first}
   */
  default Extremes extremes(long first, long last) {
    Extremes extremes = Extremes.at(this, first);
    for (long step = first + 1; step <= last; step++) {
      extremes = extremes.and(Extremes.at(this, step));
    }
    return extremes;
  }

  /** The same value at every step. */
  @Shorthand
  static Schedule of(double value) {
    return new Constant(value);
  }

  /** The schedule's final value: far beyond the last step at which it changes. */
  default double last() {
    return at(Long.MAX_VALUE / 4);
  }
}
