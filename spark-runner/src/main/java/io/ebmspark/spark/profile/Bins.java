package io.ebmspark.spark.profile;

import io.ebmspark.core.settings.Check;
import io.ebmspark.core.settings.Setting;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;

/**
 * A partition of the numbers: bins of about as many values each, or a bin for each of a few values.
 *
 * @param edges of n bins, n + 1 of them, each bin reaching from its edge to below the next, the
 *     last one including it; or the n values. Ascending; empty where there was no value
 */
public record Bins(
    @Setting("whether each bin is one value") boolean categories,
    @Setting(
            "edges of the bins, ascending, one more than there are bins; or the values, a bin each")
        List<Double> edges)
    implements Serializable {
  public Bins {
    for (int i = 1; i < edges.size(); i++) {
      Check.that(edges.get(i - 1) < edges.get(i), "edges", "must ascend, got " + edges);
    }
    Check.that(categories || edges.size() != 1, "edges", "must be none or at least two");
    edges = List.copyOf(edges);
  }

  /** Each of these values, which ascend, as a bin. */
  public static Bins ofValues(List<Double> values) {
    return new Bins(true, values);
  }

  /**
   * Bins of about as many values each, their inner edges exact order statistics. A value that fills
   * a bin by itself has one of its own, up to the next double.
   *
   * @param sorted values, ascending
   * @param lowest the first edge, at most the first value
   * @param highest the last edge, at least the last value
   */
  public static Bins ofEqualFrequency(double[] sorted, double lowest, double highest, int bins) {
    List<Double> edges = new ArrayList<>(List.of(lowest));
    for (int i = 1; i < bins; i++) {
      double edge = sorted[(int) ((long) i * sorted.length / bins)];
      double last = edges.get(edges.size() - 1);
      if (edge == last) {
        edges.add(Math.nextUp(edge));
      } else if (edge > last) {
        edges.add(edge);
      }
    }
    if (highest > edges.get(edges.size() - 1)) {
      edges.add(highest);
    }
    return new Bins(false, edges);
  }

  /** How many bins there are. */
  public int size() {
    return categories ? edges.size() : Math.max(0, edges.size() - 1);
  }

  /** What each bin is called. */
  public List<String> names() {
    List<String> names = new ArrayList<>();
    for (int i = 0; i < size(); i++) {
      double edge = edges.get(i);
      if (categories || edges.get(i + 1) == Math.nextUp(edge)) {
        names.add(number(edge));
      } else {
        names.add(number(edge) + " to " + number(edges.get(i + 1)));
      }
    }
    return names;
  }

  private static String number(double value) {
    return value == Math.rint(value) && Math.abs(value) < 1e15
        ? Long.toString((long) value)
        : Float.toString((float) value);
  }
}
