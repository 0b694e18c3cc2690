package io.ebmspark.spark.report;

import io.ebmspark.spark.record.Histogram;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/** Counts of several sets of values over the same bins. */
public final class Histograms {
  /** Share of values at each end of a set that may lie outside the edges. */
  private static final double TAIL = .005;

  private Histograms() {}

  /**
   * Histograms over common bins of equal width, in the order of the map.
   *
   * @param sets values by the name of their set; NaN means no value and is not counted
   */
  public static List<Histogram> over(Map<String, float[]> sets, int bins) {
    List<Double> edges = edges(sets.values(), bins);
    List<Histogram> histograms = new ArrayList<>();
    sets.forEach((name, values) -> histograms.add(of(name, edges, values)));
    return histograms;
  }

  /**
   * Edges of equal bins that cover the central 99 % of every set, so that a set that lies apart is
   * seen, and one extreme value changes nothing.
   */
  public static List<Double> edges(Collection<float[]> sets, int bins) {
    double low = Double.POSITIVE_INFINITY;
    double high = Double.NEGATIVE_INFINITY;
    for (float[] set : sets) {
      double[] sorted = finite(set).sorted().toArray();
      if (sorted.length > 0) {
        low = Math.min(low, sorted[(int) (TAIL * (sorted.length - 1))]);
        high = Math.max(high, sorted[(int) Math.ceil((1 - TAIL) * (sorted.length - 1))]);
      }
    }
    if (low > high) {
      low = 0;
      high = 1;
    } else if (low == high) {
      double room = Math.max(1e-6, Math.abs(low) * .05);
      low -= room;
      high += room;
    }
    double from = low;
    double width = high - low;
    return IntStream.rangeClosed(0, bins).mapToObj(i -> from + width * i / bins).toList();
  }

  /**
   * Counts of one set; values beyond the outer edges, including infinite ones, are counted in the
   * outer bins.
   */
  public static Histogram of(String name, List<Double> edges, float[] values) {
    double[] inner = edges.stream().mapToDouble(Double::doubleValue).toArray();
    long[] counts = new long[inner.length - 1];
    for (float value : values) {
      if (!Float.isNaN(value)) {
        int place = Arrays.binarySearch(inner, value);
        int bin = place >= 0 ? place : -place - 2;
        counts[Math.max(0, Math.min(counts.length - 1, bin))]++;
      }
    }
    return new Histogram(name, edges, Arrays.stream(counts).boxed().toList());
  }

  private static DoubleStream finite(float[] values) {
    return IntStream.range(0, values.length).mapToDouble(i -> values[i]).filter(Double::isFinite);
  }
}
