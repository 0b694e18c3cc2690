package io.ebmspark.spark.report;

import io.ebmspark.spark.record.AlertBudget;
import j2html.tags.DomContent;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Rows flagged, and rows expected, against the false-positive rate; both axes logarithmic. */
final class BudgetChart {
  private static final double WIDTH = 340;
  private static final double HEIGHT = 230;

  private BudgetChart() {}

  static DomContent svg(List<AlertBudget> budgets) {
    List<AlertBudget> sorted =
        budgets.stream()
            .filter(budget -> budget.falsePositiveRate() > 0)
            .sorted(Comparator.comparingDouble(AlertBudget::falsePositiveRate))
            .toList();
    double lowest = sorted.get(0).falsePositiveRate();
    double highest = sorted.get(sorted.size() - 1).falsePositiveRate();
    double most = 1;
    double least = 1;
    for (AlertBudget budget : sorted) {
      most = Math.max(most, Math.max((double) budget.flagged(), budget.expected()));
      least = Math.min(least, budget.expected() > 0 ? budget.expected() : 1);
    }
    double bottom = HEIGHT - Frame.BOTTOM;
    Axis x =
        new Axis(lowest / 1.5, Math.min(1, highest * 1.5), true, Frame.LEFT, WIDTH - Frame.RIGHT);
    Axis y = new Axis(Math.max(least / 1.5, 1e-3), most * 1.6, true, bottom, Frame.TOP);
    List<DomContent> shapes =
        new ArrayList<>(new Frame(WIDTH, HEIGHT, x, y).axes("false-positive rate"));
    StringBuilder expected = new StringBuilder();
    StringBuilder flagged = new StringBuilder();
    for (AlertBudget budget : sorted) {
      double at = x.at(budget.falsePositiveRate());
      boolean none = budget.flagged() == 0;
      double height = none ? bottom : y.at((double) budget.flagged());
      flagged.append(flagged.isEmpty() ? 'M' : 'L').append(Shape.number(at));
      flagged.append(' ').append(Shape.number(height));
      if (budget.expected() >= y.low()) {
        expected.append(expected.isEmpty() ? 'M' : 'L').append(Shape.number(at));
        expected.append(' ').append(Shape.number(y.at(budget.expected())));
      }
      shapes.add(Shape.circle(none ? "ring one" : "dot one", at, height, 3.5));
    }
    shapes.add(Shape.path("line one", flagged.toString()));
    shapes.add(Shape.path("line two", expected.toString()));
    return Shape.picture(
        "chart", WIDTH, HEIGHT, "Rows flagged by false-positive rate", description(sorted), shapes);
  }

  private static String description(List<AlertBudget> sorted) {
    AlertBudget last = sorted.get(sorted.size() - 1);
    return "At a rate of "
        + Numbers.of(last.falsePositiveRate())
        + ", "
        + Numbers.whole(last.flagged())
        + " rows are flagged where "
        + Numbers.of(last.expected())
        + " would be if all were usual. Both axes are logarithmic; a ring on the axis means none.";
  }
}
