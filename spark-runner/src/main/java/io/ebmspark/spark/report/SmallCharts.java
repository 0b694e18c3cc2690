package io.ebmspark.spark.report;

import io.ebmspark.spark.record.ColumnDrift;
import io.ebmspark.spark.record.Judgement;
import io.ebmspark.spark.record.Measured;
import io.ebmspark.spark.record.Status;
import j2html.tags.DomContent;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.DoubleStream;
import java.util.stream.LongStream;

/** Charts the size of a table cell. */
final class SmallCharts {
  private SmallCharts() {}

  /** Expected rows as wide pale bars, new rows as narrow dark ones, each as shares of its set. */
  static DomContent drift(ColumnDrift column) {
    int bins = Math.min(column.expected().size(), column.counts().size());
    double step = Math.max(2, Math.min(6, 150.0 / Math.max(1, bins)));
    int height = 26;
    double[] expected = shares(column.expected(), bins);
    double[] found = shares(column.counts(), bins);
    double highest =
        DoubleStream.concat(DoubleStream.of(expected), DoubleStream.of(found)).max().orElse(1);
    return Shape.small(
        (int) Math.ceil(step * Math.max(1, bins)),
        height,
        "Shares of " + Words.name(column.name()) + " by bin, expected and new",
        List.of(
            Shape.path("expected", bars(expected, highest, step, .9, height)),
            Shape.path("found", bars(found, highest, step, .4, height))));
  }

  private static double[] shares(List<Long> counts, int bins) {
    long all = counts.stream().mapToLong(Long::longValue).sum();
    return LongStream.range(0, bins)
        .mapToDouble(bin -> all == 0 ? 0 : counts.get((int) bin) / (double) all)
        .toArray();
  }

  private static String bars(
      double[] shares, double highest, double step, double share, int height) {
    StringBuilder path = new StringBuilder();
    for (int bin = 0; bin < shares.length; bin++) {
      if (shares[bin] > 0 && highest > 0) {
        double tall = Math.max(.6, shares[bin] / highest * (height - 1));
        double wide = step * share;
        path.append('M').append(Shape.number(bin * step + (step - wide) / 2));
        path.append(' ').append(height).append('v').append(Shape.number(-tall));
        path.append('h').append(Shape.number(wide)).append('v').append(Shape.number(tall));
        path.append('z');
      }
    }
    return path.toString();
  }

  /** A value as a bar from zero, and its limit as a mark. */
  static Optional<DomContent> bullet(Judgement judged) {
    if (judged.value().isEmpty() || judged.limit().isEmpty()) {
      return Optional.empty();
    }
    double value = judged.value().get();
    double limit = judged.limit().get();
    if (!Double.isFinite(value) || !Double.isFinite(limit)) {
      return Optional.empty();
    }
    int width = 120;
    double low = Math.min(0, Math.min(value, limit));
    double high = Math.max(0, Math.max(value, limit));
    if (!(high > low)) {
      return Optional.empty();
    }
    Axis x = new Axis(low, high + (high - low) * .12, false, 2, width - 2);
    double zero = x.at(0);
    double at = x.at(value);
    String css = judged.status() == Status.PASSED ? "value" : "value beyond";
    return Optional.of(
        Shape.small(
            width,
            14,
            "Value " + Numbers.of(value) + ", limit " + Numbers.of(limit),
            List.of(
                Shape.path("track", "M2 7h" + (width - 4)),
                Shape.rectangle(css, Math.min(zero, at), 4, Math.max(1, Math.abs(at - zero)), 6),
                Shape.path("limit", "M" + Shape.number(x.at(limit)) + " 0v14"))));
  }

  /** A measurement and its name, as a lane of {@link #lanes}. */
  record Lane(String name, boolean filled, Measured measured) {}

  /** Values one above the other, each with twice its standard error on both sides. */
  static DomContent lanes(String title, List<Lane> lanes) {
    int width = 150;
    int height = 10 + 10 * lanes.size();
    List<Double> ends = new ArrayList<>();
    for (Lane lane : lanes) {
      double error = 2 * lane.measured().standardError().orElse(0.0);
      ends.add(lane.measured().value() - error);
      ends.add(lane.measured().value() + error);
    }
    Axis x = Axis.linear(ends.stream().mapToDouble(Double::doubleValue), 6, width - 6);
    List<DomContent> shapes = new ArrayList<>();
    for (int i = 0; i < lanes.size(); i++) {
      Measured measured = lanes.get(i).measured();
      double y = 10 + 10 * i;
      shapes.add(Shape.path("track", "M2 " + Shape.number(y) + "h" + (width - 4)));
      if (!Double.isFinite(measured.value())) {
        continue;
      }
      double error = 2 * measured.standardError().filter(Double::isFinite).orElse(0.0);
      double left = x.at(measured.value() - error);
      if (error > 0) {
        shapes.add(
            Shape.path(
                "whisker",
                "M"
                    + Shape.number(left)
                    + " "
                    + Shape.number(y)
                    + "H"
                    + Shape.number(x.at(measured.value() + error))));
      }
      String css = lanes.get(i).filled() ? "dot" : "ring";
      shapes.add(Shape.circle(css, x.at(measured.value()), y, 3.5));
    }
    return Shape.small(width, height, title, shapes);
  }

  /** A signed amount as a bar to the right or left of the middle. */
  static DomContent amount(double value, double largest) {
    int width = 64;
    double half = width / 2.0;
    boolean drawn = Double.isFinite(value) && largest > 0 && Double.isFinite(largest);
    double length = drawn ? Math.abs(value) / largest * (half - 2) : 0;
    return Shape.small(
        width,
        10,
        Numbers.signed(value),
        List.of(
            Shape.rectangle(
                value < 0 ? "value" : "value beyond",
                value < 0 ? half - length : half,
                2,
                length,
                6),
            Shape.path("limit", "M" + Shape.number(half) + " 0v10")));
  }

  /** A length relative to the largest, as a bar. */
  static DomContent length(double value, double largest, String title) {
    int width = 120;
    double share = Double.isFinite(value) && largest > 0 ? Math.max(0, value / largest) : 0;
    return Shape.small(
        width, 10, title, List.of(Shape.rectangle("value", 0, 2, Math.max(1, share * width), 6)));
  }
}
