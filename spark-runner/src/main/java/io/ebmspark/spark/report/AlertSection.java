package io.ebmspark.spark.report;

import static j2html.TagCreator.div;
import static j2html.TagCreator.p;
import static j2html.TagCreator.text;

import io.ebmspark.spark.record.AlertBudget;
import io.ebmspark.spark.record.RunRecord;
import j2html.tags.DomContent;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The alarms that each threshold would raise on these rows. */
final class AlertSection {
  private AlertSection() {}

  static Optional<Section> of(RunRecord run, PageLimits limits) {
    List<AlertBudget> shown = run.alerts().stream().limit(limits.few()).toList();
    if (shown.isEmpty()) {
      return Optional.empty();
    }
    List<DomContent> content = new ArrayList<>();
    List<DomContent> parts = new ArrayList<>();
    parts.add(
        Table.of(
            "Alarms by threshold",
            List.of(
                Table.Column.number("Rate"),
                Table.Column.number("Threshold"),
                Table.Column.number("Flagged"),
                Table.Column.number("Expected"),
                Table.Column.number("Ratio")),
            shown.stream().map(AlertSection::row).toList()));
    if (shown.stream().filter(one -> one.falsePositiveRate() > 0).count() > 1) {
      parts.add(
          Marks.figure(
              "Rows flagged",
              "logarithmic axes; a ring on the axis means none",
              Marks.legend(
                  List.of(
                      Marks.entry(Shape.swatch("one"), "flagged"),
                      Marks.entry(Shape.swatch("two"), "expected"))),
              BudgetChart.svg(shown)));
    }
    content.add(div().withClass("beside").with(parts));
    content.add(
        p("Rate: the intended false-positive rate of a threshold. Expected: the rows it would flag"
                + " if all were usual.")
            .withClass("note"));
    content.add(Table.leftOut(shown.size(), run.alerts().size(), "thresholds"));
    return Optional.of(new Section("alerts", "Alert budget", content));
  }

  private static List<DomContent> row(AlertBudget budget) {
    return List.of(
        text(Numbers.of(budget.falsePositiveRate())),
        text(Numbers.of(budget.threshold())),
        text(Numbers.whole(budget.flagged())),
        text(Numbers.fixed(budget.expected(), budget.expected() < 100 ? 1 : 0)),
        text(budget.expected() > 0 ? Numbers.fixed(budget.flagged() / budget.expected(), 2) : "–"));
  }
}
