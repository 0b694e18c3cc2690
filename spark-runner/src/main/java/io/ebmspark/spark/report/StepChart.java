package io.ebmspark.spark.report;

import io.ebmspark.spark.record.Histogram;
import j2html.tags.DomContent;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.IntStream;

/**
 * Superimposed histograms, as outlines. Heights are shares of a set per unit of the axis, so that
 * sets of different sizes and bins of different widths can be compared.
 *
 * @param lines positions to mark, such as thresholds
 */
record StepChart(
    String title,
    String across,
    List<Histogram> sets,
    List<String> css,
    List<Place> lines,
    double width,
    double height) {
  /** A vertical line and its label. */
  record Place(double at, String label) {}

  Shape svg(String classes) {
    double low = sets.stream().mapToDouble(set -> set.edges().get(0)).min().orElse(0);
    double high =
        sets.stream().mapToDouble(set -> set.edges().get(set.counts().size())).max().orElse(1);
    double highest = sets.stream().flatMapToDouble(set -> densities(set)).max().orElse(1);
    double bottom = height - Frame.BOTTOM;
    Axis x = Axis.exactly(low, high, Frame.LEFT, width - Frame.RIGHT);
    Axis y = Axis.fromZero(highest, bottom, Frame.TOP + (lines.isEmpty() ? 0 : 14));
    List<DomContent> shapes = new ArrayList<>(new Frame(width, height, x, y).axes(across));
    for (Place place : lines) {
      if (place.at() >= low && place.at() <= high) {
        double at = x.at(place.at());
        boolean left = at > width / 2;
        shapes.add(
            Shape.path(
                "place",
                "M"
                    + Shape.number(at)
                    + " "
                    + Shape.number(Frame.TOP)
                    + "V"
                    + Shape.number(bottom)));
        shapes.add(
            Shape.words(
                left ? "end" : "start", at + (left ? -4 : 4), Frame.TOP + 6, place.label()));
      }
    }
    for (int i = 0; i < sets.size(); i++) {
      shapes.add(Shape.path("line " + css.get(i), outline(sets.get(i), x, y)));
    }
    return Shape.picture(classes, width, height, title, description(), shapes);
  }

  private String description() {
    StringBuilder said = new StringBuilder();
    for (Histogram set : sets) {
      long rows = total(set);
      if (rows > 0) {
        said.append(Words.name(set.name())).append(": ").append(Numbers.whole(rows));
        said.append(" rows, half of them up to ").append(Numbers.of(middle(set))).append(". ");
      }
    }
    return said.toString().strip();
  }

  /** The upper edge of the bin that contains the median. */
  private static double middle(Histogram set) {
    long seen = 0;
    for (int bin = 0; bin < set.counts().size(); bin++) {
      seen += set.counts().get(bin);
      if (2 * seen >= total(set)) {
        return set.edges().get(bin + 1);
      }
    }
    return Double.NaN;
  }

  static long total(Histogram set) {
    return set.counts().stream().mapToLong(Long::longValue).sum();
  }

  private static java.util.stream.DoubleStream densities(Histogram set) {
    return IntStream.range(0, set.counts().size()).mapToDouble(bin -> density(set, bin));
  }

  private static double density(Histogram set, int bin) {
    double width = set.edges().get(bin + 1) - set.edges().get(bin);
    long rows = total(set);
    return rows == 0 || !(width > 0) ? 0 : set.counts().get(bin) / (rows * width);
  }

  private static String outline(Histogram set, Axis x, Axis y) {
    StringBuilder path = new StringBuilder("M");
    path.append(Shape.number(x.at(set.edges().get(0)))).append(' ');
    path.append(Shape.number(y.at(0)));
    for (int bin = 0; bin < set.counts().size(); bin++) {
      path.append('V').append(Shape.number(y.at(density(set, bin))));
      path.append('H').append(Shape.number(x.at(set.edges().get(bin + 1))));
    }
    return path.append('V').append(Shape.number(y.at(0))).toString();
  }

  /** The counts, one row per bin. */
  static DomContent data(String label, List<Histogram> sets) {
    List<String> titles = new ArrayList<>(List.of("From"));
    sets.forEach(set -> titles.add(Words.name(set.name())));
    TreeSet<Double> edges = new TreeSet<>();
    sets.forEach(set -> edges.addAll(set.edges().subList(0, set.counts().size())));
    List<List<String>> rows = new ArrayList<>();
    for (double edge : edges) {
      List<String> row = new ArrayList<>(List.of(Numbers.of(edge)));
      for (Histogram set : sets) {
        int bin = set.edges().indexOf(edge);
        row.add(bin < 0 || bin == set.counts().size() ? "" : Numbers.whole(set.counts().get(bin)));
      }
      rows.add(row);
    }
    return Table.behind(label, titles, rows);
  }
}
