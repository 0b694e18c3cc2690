package io.ebmspark.spark.report;

import j2html.tags.DomContent;
import java.util.ArrayList;
import java.util.List;

/**
 * The plot area of a chart and its two axes.
 *
 * @param across from left to right
 * @param up from bottom to top
 */
record Frame(double width, double height, Axis across, Axis up) {
  static final double LEFT = 46;
  static final double RIGHT = 12;
  static final double TOP = 10;
  static final double BOTTOM = 34;

  /** Grid lines with their labels, as light as possible. */
  List<DomContent> axes(String acrossLabel) {
    return axes(acrossLabel, true);
  }

  /** As above, with ticks instead of grid lines if there is something behind them. */
  List<DomContent> axes(String acrossLabel, boolean lines) {
    List<DomContent> shapes = new ArrayList<>();
    double right = width - RIGHT;
    double bottom = height - BOTTOM;
    StringBuilder grid = new StringBuilder();
    for (Axis.Tick tick : up.ticks(5)) {
      double y = up.at(tick.value());
      grid.append('M').append(Shape.number(LEFT)).append(' ').append(Shape.number(y));
      grid.append(lines ? "H" + Shape.number(right) : "h-4");
      shapes.add(Shape.words("end", LEFT - 6, y + 3.5, tick.label()));
    }
    StringBuilder marks = new StringBuilder();
    for (Axis.Tick tick : across.ticks(width > 500 ? 8 : 4)) {
      double x = across.at(tick.value());
      marks.append('M').append(Shape.number(x)).append(' ').append(Shape.number(bottom));
      marks.append("v4");
      shapes.add(Shape.words("middle", x, bottom + 15, tick.label()));
    }
    shapes.add(0, Shape.path("grid", grid.toString()));
    shapes.add(
        1,
        Shape.path(
            "axis",
            "M"
                + Shape.number(LEFT)
                + " "
                + Shape.number(bottom)
                + "H"
                + Shape.number(right)
                + marks));
    shapes.add(Shape.words("end name", right, height - 4, acrossLabel));
    return shapes;
  }
}
