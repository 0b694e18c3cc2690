package io.ebmspark.spark.report;

import static j2html.TagCreator.p;
import static j2html.TagCreator.text;

import j2html.tags.DomContent;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.DoubleStream;

/**
 * Quantities over the same steps, as lines. Values that are not finite appear as crosses at the
 * top, and are mentioned below.
 *
 * @param fromZero whether the vertical axis starts at zero
 */
record LineChart(String title, String hint, String across, List<Line> lines, boolean fromZero) {
  private static final double WIDTH = 340;
  private static final double HEIGHT = 190;

  /** A quantity; {@code y[i]} at {@code x[i]}. */
  record Line(String name, String css, double[] x, double[] y) {}

  DomContent html() {
    double[] xs = all(true);
    double[] ys = all(false);
    Axis x = Axis.exactly(min(xs), max(xs), Frame.LEFT, WIDTH - Frame.RIGHT);
    double bottom = HEIGHT - Frame.BOTTOM;
    Axis up =
        fromZero ? Axis.fromZero(max(ys), bottom, Frame.TOP) : Axis.fitting(ys, bottom, Frame.TOP);
    List<DomContent> shapes = new ArrayList<>(new Frame(WIDTH, HEIGHT, x, up).axes(across));
    List<DomContent> legend = new ArrayList<>();
    for (Line line : lines) {
      shapes.add(Shape.path("line " + line.css(), path(line, x, up)));
      String lost = crosses(line, x);
      if (!lost.isEmpty()) {
        shapes.add(Shape.path("lost", lost));
      }
      legend.add(Marks.entry(Shape.swatch(line.css()), line.name()));
    }
    String scale = up.logarithmic() ? "logarithmic axis" : "";
    String words = hint.isEmpty() || scale.isEmpty() ? hint + scale : hint + "; " + scale;
    return Marks.figure(
        title,
        words,
        lines.size() > 1 ? Marks.legend(legend) : text(""),
        Shape.picture("chart", WIDTH, HEIGHT, title, description(), shapes),
        notFinite());
  }

  /** The first and last value of each line. */
  private String description() {
    StringBuilder said = new StringBuilder();
    for (Line line : lines) {
      double[] y = line.y();
      if (y.length > 0) {
        said.append(line.name()).append(" goes from ").append(Numbers.of(y[0]));
        said.append(" to ").append(Numbers.of(y[y.length - 1])).append(". ");
      }
    }
    return said.toString().strip();
  }

  private DomContent notFinite() {
    long lost = DoubleStream.of(all(false)).filter(y -> !Double.isFinite(y)).count();
    return lost == 0
        ? text("")
        : p("Values that are not finite, as crosses at the top: " + Numbers.whole(lost) + ".")
            .withClass("note");
  }

  private double[] all(boolean across) {
    return lines.stream()
        .flatMapToDouble(line -> DoubleStream.of(across ? line.x() : line.y()))
        .toArray();
  }

  private static double min(double[] values) {
    return DoubleStream.of(values).filter(Double::isFinite).min().orElse(0);
  }

  private static double max(double[] values) {
    return DoubleStream.of(values).filter(Double::isFinite).max().orElse(0);
  }

  private static String path(Line line, Axis x, Axis y) {
    StringBuilder path = new StringBuilder();
    boolean drawing = false;
    for (int i = 0; i < line.x().length; i++) {
      boolean finite = Math.abs(line.y()[i]) < 1e300;
      if (finite) {
        path.append(drawing ? 'L' : 'M').append(Shape.number(x.at(line.x()[i])));
        path.append(' ').append(Shape.number(y.at(line.y()[i])));
      }
      drawing = finite;
    }
    return path.toString();
  }

  private static String crosses(Line line, Axis x) {
    StringBuilder path = new StringBuilder();
    for (int i = 0; i < line.x().length; i++) {
      if (!Double.isFinite(line.y()[i])) {
        path.append('M').append(Shape.number(x.at(line.x()[i]) - 3)).append(' ');
        path.append(Shape.number(Frame.TOP - 6)).append("l6 6m0-6l-6 6");
      }
    }
    return path.toString();
  }
}
