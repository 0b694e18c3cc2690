package io.ebmspark.spark.report;

import static j2html.TagCreator.div;
import static j2html.TagCreator.p;
import static j2html.TagCreator.span;
import static j2html.TagCreator.text;

import io.ebmspark.spark.record.ColumnDrift;
import io.ebmspark.spark.record.DataRecord;
import io.ebmspark.spark.record.RunRecord;
import j2html.tags.DomContent;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The rows, and how far each column has drifted from the champion's training rows. */
final class DataSection {
  private DataSection() {}

  static Optional<Section> of(RunRecord run, PageLimits limits) {
    return run.data().map(data -> new Section("data", "Data", content(data, limits)));
  }

  private static List<DomContent> content(DataRecord data, PageLimits limits) {
    List<DomContent> content = new ArrayList<>();
    content.add(Marks.facts(facts(data)));
    if (data.columns().isEmpty()) {
      return content;
    }
    List<ColumnDrift> sorted =
        data.columns().stream()
            .sorted(
                Comparator.comparingInt((ColumnDrift one) -> JudgementSection.weight(one.status()))
                    .thenComparing(Comparator.comparingDouble(DataSection::moved).reversed()))
            .toList();
    List<ColumnDrift> pictured = sorted.stream().limit(limits.pictured()).toList();
    content.add(
        Marks.legend(
            List.of(
                Marks.entry(
                    Shape.sample(Shape.rectangle("expected", 1, 1, 10, 11)),
                    "expected from the profile"),
                Marks.entry(Shape.sample(Shape.rectangle("found", 4, 1, 4, 11)), "new rows"))));
    content.add(drift(data, pictured));
    content.add(
        p("PSI: population stability index, in brackets what chance alone may reach; W₁:"
                + " Wasserstein distance in standard deviations; JS: Jensen–Shannon distance of"
                + " categories.")
            .withClass("note"));
    content.add(bars(pictured, limits));
    content.add(others(sorted, pictured.size(), limits));
    return content;
  }

  private static Map<String, String> facts(DataRecord data) {
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("Source", Words.clip(data.source(), 200));
    facts.put("Rows", Numbers.whole(data.rows()));
    data.trained().ifPresent(rows -> facts.put("Trained on", Numbers.whole(rows)));
    data.heldOut().ifPresent(rows -> facts.put("Held out", Numbers.whole(rows)));
    facts.put("Put aside", Numbers.whole(data.quarantined()));
    if (!data.columns().isEmpty()) {
      facts.put("Columns told of", Numbers.whole(data.columns().size()));
    }
    data.driftedShare().ifPresent(share -> facts.put("Drifted columns", Numbers.percent(share)));
    data.fingerprint().ifPresent(digest -> facts.put("Fingerprint", Words.clip(digest, 16)));
    return facts;
  }

  /** How far a column has drifted, by whichever measure it has. */
  private static double moved(ColumnDrift one) {
    double moved = one.psi().or(one::jensenShannon).or(one::wasserstein).orElse(-1.0);
    return Double.isNaN(moved) ? Double.POSITIVE_INFINITY : moved;
  }

  private static DomContent drift(DataRecord data, List<ColumnDrift> columns) {
    return Table.of(
        "Columns, the most drifted first",
        List.of(
            Table.Column.words("Column"),
            Table.Column.words("Result"),
            Table.Column.words("Expected and new"),
            Table.Column.number("PSI"),
            new Table.Column("W₁", "n wide"),
            new Table.Column("JS", "n wide"),
            Table.Column.number("Null"),
            new Table.Column("Below", "n wide"),
            new Table.Column("Above", "n wide"),
            new Table.Column("Unseen", "n wide")),
        columns.stream().map(one -> row(one, data.rows())).toList());
  }

  private static List<DomContent> row(ColumnDrift one, long rows) {
    return List.of(
        div(Words.name(one.name())).withClass("name"),
        Marks.status(one.status()),
        one.counts().isEmpty() ? text("") : SmallCharts.drift(one),
        psiWithNoise(one),
        text(one.wasserstein().map(value -> Numbers.fixed(value, 3)).orElse("–")),
        text(one.jensenShannon().map(value -> Numbers.fixed(value, 3)).orElse("–")),
        text(share(one.nulls(), one, rows)),
        text(one.unseen().isPresent() ? "–" : share(one.below(), one, rows)),
        text(one.unseen().isPresent() ? "–" : share(one.above(), one, rows)),
        text(one.unseen().map(count -> share(count, one, rows)).orElse("–")));
  }

  private static DomContent psiWithNoise(ColumnDrift one) {
    return span(
        text(psi(one)),
        span(one.psiNoise().map(noise -> " (" + Numbers.fixed(noise, 3) + ")").orElse(""))
            .withClass("wide"));
  }

  private static String psi(ColumnDrift one) {
    return one.psi().map(value -> Numbers.fixed(value, 3)).orElse("–");
  }

  /** A share of the rows checked, which the counts, if any, add up to. */
  private static String share(long part, ColumnDrift one, long rows) {
    long counted = one.counts().stream().mapToLong(Long::longValue).sum();
    return part == 0 ? "0" : Numbers.percent(part, counted > 0 ? counted : rows);
  }

  private static DomContent bars(List<ColumnDrift> columns, PageLimits limits) {
    List<List<String>> rows = new ArrayList<>();
    for (ColumnDrift one : columns) {
      int bins = Math.min(one.bins().size(), Math.min(one.expected().size(), one.counts().size()));
      for (int bin = 0; bin < Math.min(bins, limits.few()); bin++) {
        rows.add(
            List.of(
                bin == 0 ? Words.name(one.name()) : "",
                Words.clip(one.bins().get(bin), 40),
                Numbers.whole(one.expected().get(bin)),
                Numbers.whole(one.counts().get(bin))));
      }
    }
    return rows.isEmpty()
        ? text("")
        : Table.behind("rows in each bin", List.of("Column", "Bin", "Expected", "New rows"), rows);
  }

  private static DomContent others(List<ColumnDrift> sorted, int pictured, PageLimits limits) {
    if (sorted.size() == pictured) {
      return text("");
    }
    List<ColumnDrift> listed = sorted.stream().skip(pictured).limit(limits.listed()).toList();
    return div(
        p(
            Numbers.whole(sorted.size() - pictured)
                + " more columns have drifted no further, and have no picture here."),
        Table.behind(
            "the other columns",
            List.of("Column", "Result", "PSI", "Null"),
            listed.stream()
                .map(
                    one ->
                        List.of(
                            Words.name(one.name()),
                            Marks.word(one.status()),
                            psi(one),
                            Numbers.whole(one.nulls())))
                .toList()),
        Table.leftOut((long) pictured + listed.size(), sorted.size(), "columns"));
  }
}
