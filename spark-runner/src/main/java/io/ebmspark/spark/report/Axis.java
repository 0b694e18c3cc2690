package io.ebmspark.spark.report;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.DoubleStream;

/**
 * An axis of a chart, which maps values to coordinates.
 *
 * @param low the value at coordinate {@code from}
 * @param high the value at coordinate {@code to}
 * @param logarithmic whether equal lengths are equal factors
 */
record Axis(double low, double high, boolean logarithmic, double from, double to) {
  /** Positive values that span more than this factor are drawn on a logarithmic axis. */
  private static final double WIDE = 100;

  /** A tick and its label. */
  record Tick(double value, String label) {}

  /** An axis that covers all finite values, with a small margin, and never has length zero. */
  static Axis linear(DoubleStream values, double from, double to) {
    double[] range = range(values);
    double room = (range[1] - range[0]) * .04;
    if (!(room > 0)) {
      room = range[0] == 0 ? 1 : Math.abs(range[0]) * .1;
    }
    return new Axis(range[0] - room, range[1] + room, false, from, to);
  }

  /** An axis from zero, for values drawn as heights. */
  static Axis fromZero(double highest, double from, double to) {
    return new Axis(0, highest > 0 && highest < 1e300 ? highest * 1.04 : 1, false, from, to);
  }

  static Axis exactly(double low, double high, double from, double to) {
    return high > low
        ? new Axis(low, high, false, from, to)
        : linear(DoubleStream.of(low), from, to);
  }

  /** An axis that is logarithmic if all values are positive and far apart, and linear otherwise. */
  static Axis fitting(double[] values, double from, double to) {
    double[] range = range(DoubleStream.of(values));
    boolean positive = DoubleStream.of(values).filter(Double::isFinite).allMatch(v -> v > 0);
    return positive && range[1] > range[0] * WIDE
        ? new Axis(range[0] / 1.15, range[1] * 1.15, true, from, to)
        : linear(DoubleStream.of(values), from, to);
  }

  private static double[] range(DoubleStream values) {
    double[] finite = values.filter(v -> Math.abs(v) < 1e300).toArray();
    return finite.length == 0
        ? new double[] {0, 0}
        : new double[] {
          DoubleStream.of(finite).min().orElseThrow(), DoubleStream.of(finite).max().orElseThrow()
        };
  }

  double at(double value) {
    double share =
        logarithmic ? Math.log(value / low) / Math.log(high / low) : (value - low) / (high - low);
    return from + share * (to - from);
  }

  /** Ticks at round values, about as many as asked for. */
  List<Tick> ticks(int wanted) {
    return logarithmic ? powers(wanted) : steps(wanted);
  }

  private List<Tick> steps(int wanted) {
    double raw = (high - low) / wanted;
    double magnitude = Math.pow(10, Math.floor(Math.log10(raw)));
    double step = magnitude;
    for (double factor : new double[] {1, 2, 5, 10}) {
      step = factor * magnitude;
      if (step >= raw * .999) {
        break;
      }
    }
    List<Tick> ticks = new ArrayList<>();
    for (double i = Math.ceil(low / step - 1e-9); i * step <= high * (1 + 1e-12); i++) {
      double value = i * step;
      ticks.add(new Tick(value, Numbers.of(Math.abs(value) < step * 1e-6 ? 0 : value)));
      if (ticks.size() > 3 * wanted) {
        break;
      }
    }
    return ticks;
  }

  private List<Tick> powers(int wanted) {
    int first = (int) Math.ceil(Math.log10(low) - 1e-9);
    int last = (int) Math.floor(Math.log10(high) + 1e-9);
    int every = Math.max(1, (int) Math.ceil((last - first + 1) / (double) wanted));
    List<Tick> ticks = new ArrayList<>();
    for (int exponent = first; exponent <= last; exponent += every) {
      ticks.add(new Tick(Math.pow(10, exponent), Numbers.power(exponent)));
    }
    return ticks.size() > 1 ? ticks : withinPowers(first - 1, last, wanted);
  }

  /** A single label tells no scale, so there are more on an axis that one power of ten is on. */
  private List<Tick> withinPowers(int first, int last, int wanted) {
    List<Tick> ticks = new ArrayList<>();
    for (int exponent = first; exponent <= last; exponent++) {
      for (int digit : new int[] {1, 2, 5}) {
        double value = digit * Math.pow(10, exponent);
        if (value >= low * (1 - 1e-9) && value <= high * (1 + 1e-9)) {
          ticks.add(new Tick(value, Numbers.of(value)));
        }
      }
    }
    return ticks.size() > 1 ? ticks : steps(wanted);
  }
}
