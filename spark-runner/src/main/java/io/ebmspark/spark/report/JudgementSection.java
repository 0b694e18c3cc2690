package io.ebmspark.spark.report;

import static j2html.TagCreator.div;
import static j2html.TagCreator.h3;
import static j2html.TagCreator.p;
import static j2html.TagCreator.strong;
import static j2html.TagCreator.text;

import io.ebmspark.spark.record.Judgement;
import io.ebmspark.spark.record.RunRecord;
import io.ebmspark.spark.record.Status;
import j2html.tags.DomContent;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Gates and checks, each with its value and limit, failed ones first. */
final class JudgementSection {
  private JudgementSection() {}

  static Optional<Section> of(RunRecord run, PageLimits limits) {
    List<DomContent> content = new ArrayList<>();
    boolean both = !run.gates().isEmpty() && !run.checks().isEmpty();
    if (!run.gates().isEmpty()) {
      if (both) {
        content.add(h3("Gates for the candidate"));
      }
      content.add(table("Gates for the candidate", run.gates(), limits));
    }
    if (!run.checks().isEmpty()) {
      if (both) {
        content.add(h3("Checks of the rows"));
      }
      content.add(table("Checks of the rows", run.checks(), limits));
    }
    String title = both ? "Gates and checks" : run.gates().isEmpty() ? "Checks" : "Gates";
    return content.isEmpty() ? Optional.empty() : Optional.of(new Section("gates", title, content));
  }

  private static DomContent table(String label, List<Judgement> judged, PageLimits limits) {
    List<Judgement> alone =
        judged.stream()
            .filter(one -> one.column().isEmpty() || one.status() != Status.PASSED)
            .sorted(Comparator.comparingInt(one -> weight(one.status())))
            .toList();
    List<Judgement> shown = alone.stream().limit(limits.judged()).toList();
    List<Table.Column> columns =
        List.of(
            Table.Column.words("Judged"),
            Table.Column.words("Result"),
            Table.Column.number("Value"),
            Table.Column.number("Limit"),
            new Table.Column("Value and limit", "wide"));
    DomContent table =
        shown.isEmpty()
            ? text("")
            : Table.stacking(label, columns, shown.stream().map(JudgementSection::row).toList());
    return div(
            table, Table.leftOut(shown.size(), alone.size(), "judgements"), passedColumns(judged))
        .withClass("judged");
  }

  private static List<DomContent> row(Judgement judged) {
    return List.of(
        div(
            strong(
                judged.column().map(column -> Words.name(column) + ": ").orElse("")
                    + Words.name(judged.name())),
            div(Words.sentence(judged.message())).withClass("message")),
        Marks.status(judged.status()),
        text(judged.value().map(Numbers::of).orElse("–")),
        text(judged.limit().map(limit -> sign(judged) + Numbers.of(limit)).orElse("–")),
        SmallCharts.bullet(judged).orElse(text("")));
  }

  /** The sign for the passing side of the limit; empty if the result does not tell. */
  private static String sign(Judgement judged) {
    double value = judged.value().orElse(Double.NaN);
    double limit = judged.limit().orElse(Double.NaN);
    if (judged.status() == Status.SKIPPED || !(value < limit || value > limit)) {
      return "";
    }
    return (judged.status() == Status.PASSED) == (value < limit) ? "≤\u00a0" : "≥\u00a0";
  }

  private static DomContent passedColumns(List<Judgement> judged) {
    // A check that no column fails is one judgement, of the column that came closest.
    Set<String> passed =
        judged.stream()
            .filter(one -> one.column().isPresent() && one.status() == Status.PASSED)
            .map(one -> Words.name(one.name()))
            .collect(Collectors.toCollection(TreeSet::new));
    return passed.isEmpty()
        ? text("")
        : p("Also passed, by all columns: " + Words.sentence(String.join(", ", passed)) + ".")
            .withClass("note");
  }

  static int weight(Status status) {
    return switch (status) {
      case FAILED -> 0;
      case WARNED -> 1;
      case PASSED -> 2;
      case SKIPPED -> 3;
    };
  }
}
