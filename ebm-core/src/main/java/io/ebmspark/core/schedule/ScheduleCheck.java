package io.ebmspark.core.schedule;

import io.ebmspark.core.settings.BadSettingException;
import io.ebmspark.core.settings.Check;
import java.util.function.DoublePredicate;

/**
 * What settings records check of the schedules in them: the values at every step that can be
 * reached, before any work. A failure names the component, the step and the value.
 */
public final class ScheduleCheck {
  private ScheduleCheck() {}

  /**
   * Rejects a schedule that is not above 0, and finite, at each of its first {@code steps} steps.
   *
   * @throws BadSettingException naming the component
   */
  public static void positive(String component, Schedule schedule, long steps) {
    every(component, schedule, steps, value -> value > 0, "must be positive");
  }

  /** Rejects a schedule that is below 0, or not finite, at one of its first steps. */
  public static void notNegative(String component, Schedule schedule, long steps) {
    every(component, schedule, steps, value -> value >= 0, "must not be negative");
  }

  private static void every(
      String component, Schedule schedule, long steps, DoublePredicate bound, String must) {
    Extremes extremes = schedule.extremes(0, Math.max(1, steps) - 1);
    Check.that(
        bound.test(extremes.lowest()),
        component,
        problem(schedule, must, extremes.lowest(), extremes.lowestAt()));
    Check.that(
        extremes.highest() < Double.POSITIVE_INFINITY,
        component,
        problem(schedule, "must be finite", extremes.highest(), extremes.highestAt()));
  }

  private static String problem(Schedule schedule, String must, double value, long step) {
    boolean varies = !(schedule instanceof Constant);
    return must
        + (varies ? " at every step" : "")
        + ", got "
        + Check.plain(value)
        + (varies ? " at step " + step : "");
  }
}
