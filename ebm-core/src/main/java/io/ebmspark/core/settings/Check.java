package io.ebmspark.core.settings;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What compact constructors of settings records check; each failure names the component. The first
 * is thrown, unless {@link SettingsBinder} makes the record: it tells all of them, so that the
 * constructor goes on, with a value that should not be.
 */
public final class Check {
  /** What has failed of the checks that {@link #failures} runs; null where it runs none. */
  private static final ThreadLocal<@Nullable List<BadSettingException>> FAILURES =
      new ThreadLocal<>();

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
    failures(check).forEach(failure -> failed(failure.under(component)));
  }

  /**
   * Rejects a component unless a condition holds.
   *
   * @param problem what is wrong, to be read after the component's name
   */
  public static void that(boolean condition, String component, String problem) {
    if (!condition) {
      failed(new BadSettingException(component, problem));
    }
  }

  private static void failed(BadSettingException failure) {
    List<BadSettingException> failures = FAILURES.get();
    if (failures == null) {
      throw failure;
    }
    if (failures.stream().noneMatch(one -> one.component().equals(failure.component()))) {
      failures.add(failure);
    }
  }

  /**
   * All failures of the checks that a constructor or a method makes, the first of each component.
   * What it throws after one follows from it, and says nothing new.
   */
  static List<BadSettingException> failures(Runnable checks) {
    List<BadSettingException> outer = FAILURES.get();
    List<BadSettingException> failures = new ArrayList<>();
    FAILURES.set(failures);
    try {
      checks.run();
    } catch (BadSettingException e) {
      failed(e);
    } catch (RuntimeException e) {
      if (failures.isEmpty()) {
        throw e;
      }
    } finally {
      FAILURES.set(outer);
    }
    return failures;
  }

  /** A number as the user wrote it: a whole one without a fraction. */
  public static String plain(double value) {
    return value == Math.rint(value) && Math.abs(value) < 1e15
        ? Long.toString((long) value)
        : Double.toString(value);
  }
}
