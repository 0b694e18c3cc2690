package io.ebmspark.core.schedule;

/**
 * The smallest and the largest value of a schedule over some steps, each with a step at which it
 * occurs.
 */
public record Extremes(double lowest, long lowestAt, double highest, long highestAt) {
  /** Those of a single step. */
  static Extremes at(Schedule schedule, long step) {
    double value = schedule.at(step);
    return new Extremes(value, step, value, step);
  }

  /** Those of a schedule that is monotone from one step to another. */
  static Extremes between(Schedule monotone, long first, long last) {
    return at(monotone, first).and(at(monotone, last));
  }

  /** Over these steps and others. NaN is beyond any number, and so stays. */
  Extremes and(Extremes other) {
    boolean lower = !(lowest <= other.lowest) && !Double.isNaN(lowest);
    boolean higher = !(highest >= other.highest) && !Double.isNaN(highest);
    return new Extremes(
        lower ? other.lowest : lowest,
        lower ? other.lowestAt : lowestAt,
        higher ? other.highest : highest,
        higher ? other.highestAt : highestAt);
  }

  /** The same, a number of steps later. */
  Extremes later(long steps) {
    return new Extremes(lowest, lowestAt + steps, highest, highestAt + steps);
  }
}
