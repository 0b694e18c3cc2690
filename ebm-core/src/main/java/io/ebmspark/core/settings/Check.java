package io.ebmspark.core.settings;

import java.util.Collection;

/** What compact constructors of settings records check; each failure names the component. */
public final class Check {
  private Check() {}

  /** Rejects a value that is not positive. */
  public static void positive(String component, double value) {
    that(value > 0, component, "must be positive, got " + plain(value));
  }

  /** Rejects a negative value. */
  public static void notNegative(String component, double value) {
    that(value >= 0, component, "must not be negative, got " + plain(value));
  }

  /** Rejects a value that is not positive. */
  public static void positive(String component, long value) {
    that(value > 0, component, "must be positive, got " + value);
  }

  /** Rejects a negative value. */
  public static void notNegative(String component, long value) {
    that(value >= 0, component, "must not be negative, got " + value);
  }

  /** Rejects a value outside [lowest, highest]. */
  public static void between(String component, double value, double lowest, double highest) {
    that(
        value >= lowest && value <= highest,
        component,
        "must be between " + plain(lowest) + " and " + plain(highest) + ", got " + plain(value));
  }

  /** Rejects an empty collection. */
  public static <T extends Collection<?>> T notEmpty(String component, T values) {
    that(!values.isEmpty(), component, "must not be empty");
    return values;
  }

  /** Lets a component check itself against its owner; what it rejects is named by its path. */
  public static void inside(String component, Runnable check) {
    try {
      check.run();
    } catch (BadSettingException e) {
      throw e.under(component);
    }
  }

  /**
   * Rejects a component unless a condition holds.
   *
   * @param problem what is wrong, to be read after the component's name
   */
  public static void that(boolean condition, String component, String problem) {
    if (!condition) {
      throw new BadSettingException(component, problem);
    }
  }

  /** Whole numbers are shown as the user wrote them, without a fraction. */
  private static String plain(double value) {
    return value == Math.rint(value) && Math.abs(value) < 1e15
        ? Long.toString((long) value)
        : Double.toString(value);
  }
}
