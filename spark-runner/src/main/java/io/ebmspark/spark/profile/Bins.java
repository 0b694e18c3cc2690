package io.ebmspark.spark.profile;

import io.ebmspark.core.settings.Check;
import io.ebmspark.core.settings.Setting;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.function.DoubleFunction;

/**
 * A partition of the real numbers: bins with about equal numbers of values, or one bin for each of
 * a few values.
 *
 * @param edges the n + 1 edges of n bins, each reaching from one edge to below the next, the last
 *     bin including both; or the n values. Ascending; empty if there was no value
 */
public record Bins(
    @Setting("whether each bin is one value") boolean categories,
    @Setting("edges of the bins, ascending, one more than bins; or the values, one bin each")
        List<Double> edges)
    implements Serializable {
  public Bins {
    for (int i = 1; i < edges.size(); i++) {
      Check.that(edges.get(i - 1) < edges.get(i), "edges", "must ascend, got " + edges);
    }
    Check.that(categories || edges.size() != 1, "edges", "must be none or at least two");
    edges = List.copyOf(edges);
  }

  /** One bin for each of these values, in ascending order. */
  public static Bins ofValues(List<Double> values) {
    return new Bins(true, values);
  }

  /**
   * Bins with about equal numbers of values, whose inner edges are exact order statistics. A value
   * that fills a bin by itself gets a bin of its own, up to the next double.
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

  /** The name of each bin, of numbers. */
  public List<String> names() {
    return names(Bins::number);
  }

  /** The name of each bin, of what numbers stand for. */
  List<String> names(DoubleFunction<String> text) {
    List<String> names = new ArrayList<>();
    for (int i = 0; i < size(); i++) {
      double edge = edges.get(i);
      if (categories || edges.get(i + 1) == Math.nextUp(edge)) {
        names.add(text.apply(edge));
      } else {
        names.add(text.apply(edge) + " to " + text.apply(edges.get(i + 1)));
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
