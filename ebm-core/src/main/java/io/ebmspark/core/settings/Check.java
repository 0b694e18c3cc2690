package io.ebmspark.core.settings;

import java.util.*;

public final class Check {
  private Check() {}

  public static double positive(String n, double v) {
    that(v > 0, n, "must be positive, got " + v);
    return v;
  }

  public static int positive(String n, int v) {
    that(v > 0, n, "must be positive, got " + v);
    return v;
  }

  public static long positive(String n, long v) {
    that(v > 0, n, "must be positive, got " + v);
    return v;
  }

  public static double notNegative(String n, double v) {
    that(v >= 0, n, "must not be negative, got " + v);
    return v;
  }

  public static double between(String n, double v, double a, double b) {
    that(v >= a && v <= b, n, "must be between");
    return v;
  }

  public static <T extends Collection<?>> T notEmpty(String n, T v) {
    that(!v.isEmpty(), n, "must not be empty");
    return v;
  }

  public static void that(boolean b, String n, String m) {
    if (!b) throw new IllegalArgumentException(n + " " + m);
  }
}
