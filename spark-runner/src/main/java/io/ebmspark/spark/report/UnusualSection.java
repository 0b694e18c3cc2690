package io.ebmspark.spark.report;

import static j2html.TagCreator.div;
import static j2html.TagCreator.p;
import static j2html.TagCreator.span;
import static j2html.TagCreator.strong;
import static j2html.TagCreator.text;

import io.ebmspark.spark.record.RunRecord;
import io.ebmspark.spark.record.UnusualRow;
import j2html.tags.DomContent;
import j2html.tags.specialized.DivTag;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/** The rows of highest energy and, where known, what each column adds to it. */
final class UnusualSection {
  private static final int ROWS = 20;
  private static final int CONTRIBUTIONS = 6;

  private UnusualSection() {}

  static Optional<Section> of(RunRecord run, PageLimits limits) {
    List<UnusualRow> rows = run.unusual().stream().limit(Math.min(ROWS, limits.few())).toList();
    if (rows.isEmpty()) {
      return Optional.empty();
    }
    boolean explained = rows.stream().anyMatch(row -> !row.contributions().isEmpty());
    List<DomContent> content = new ArrayList<>();
    content.add(
        Table.stacking(
            "The most unusual rows",
            List.of(
                new Table.Column("Rank", "tight"),
                new Table.Column("Energy", "n tight"),
                new Table.Column("p-value", "n tight"),
                Table.Column.words(explained ? "What each column adds" : "Values")),
            IntStream.range(0, rows.size())
                .mapToObj(i -> row(i + 1, rows.get(i), limits))
                .toList()));
    content.add(
        p("p-value: share of held-out rows with this energy or a higher one. These are values of"
                + " the table; the setting report.rows: 0 keeps them out.")
            .withClass("note"));
    content.add(Table.leftOut(rows.size(), run.unusual().size(), "rows"));
    return Optional.of(new Section("unusual", "Most unusual rows", content));
  }

  private static List<DomContent> row(int rank, UnusualRow row, PageLimits limits) {
    return List.of(
        text(Integer.toString(rank)),
        text(row.energy().map(Numbers::of).orElse("overflows")),
        text(row.pValue().map(Numbers::of).orElse("–")),
        row.contributions().isEmpty() ? values(row, limits) : explained(row, limits));
  }

  private static DomContent values(UnusualRow row, PageLimits limits) {
    DivTag values = div().withClass("values");
    row.values().entrySet().stream()
        .limit(limits.values())
        .forEach(
            value ->
                values.with(
                    span(
                            Table.muted(Words.clip(value.getKey(), 40)),
                            text("\u00a0" + Words.clip(value.getValue(), 40)))
                        .withClass("pair")));
    int more = row.values().size() - limits.values();
    return more > 0
        ? values.with(Table.muted("and " + Numbers.whole(more) + " more columns"))
        : values;
  }

  /** A row whose values do not tell its contributors is known by them: a key, or some columns. */
  private static DomContent explained(UnusualRow row, PageLimits limits) {
    return row.values().keySet().containsAll(row.contributors().keySet())
        ? contributions(row)
        : div(values(row, limits), contributions(row));
  }

  private static DomContent contributions(UnusualRow row) {
    List<Map.Entry<String, Double>> sorted =
        row.contributions().entrySet().stream()
            .sorted(
                Comparator.comparingDouble(
                        (Map.Entry<String, Double> one) -> -Math.abs(one.getValue()))
                    .thenComparing(Map.Entry::getKey))
            .toList();
    double largest = Math.abs(sorted.get(0).getValue());
    DivTag parts = div().withClass("contributions");
    for (Map.Entry<String, Double> one : sorted.stream().limit(CONTRIBUTIONS).toList()) {
      String value = row.contributors().getOrDefault(one.getKey(), "");
      parts.with(
          div(
              SmallCharts.amount(one.getValue(), largest),
              strong(Numbers.signed(one.getValue())).withClass("n"),
              span(Table.muted(Words.clip(one.getKey(), 40)), text(" " + Words.clip(value, 40)))));
    }
    int more = sorted.size() - CONTRIBUTIONS;
    return more > 0
        ? parts.with(Table.muted("and " + Numbers.whole(more) + " that add less"))
        : parts;
  }
}
