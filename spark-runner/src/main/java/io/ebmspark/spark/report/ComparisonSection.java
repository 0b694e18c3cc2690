package io.ebmspark.spark.report;

import static j2html.TagCreator.div;
import static j2html.TagCreator.p;
import static j2html.TagCreator.strong;
import static j2html.TagCreator.text;

import io.ebmspark.spark.record.ChainRecord;
import io.ebmspark.spark.record.Evaluation;
import io.ebmspark.spark.record.LogLikelihood;
import io.ebmspark.spark.record.Measured;
import io.ebmspark.spark.record.RunRecord;
import io.ebmspark.spark.record.SampleDistance;
import j2html.tags.DomContent;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Stream;

/** Champion and candidate evaluated on the same rows. */
final class ComparisonSection {
  /** Which way a measure is better. */
  private enum Better {
    LOWER,
    HIGHER,
    NEITHER
  }

  /** A measure, for both models. */
  private record Measure(
      String name,
      String hint,
      Better better,
      Optional<Measured> champion,
      Optional<Measured> candidate) {}

  private final RunRecord run;
  private final PageLimits limits;

  private ComparisonSection(RunRecord run, PageLimits limits) {
    this.run = run;
    this.limits = limits;
  }

  static Optional<Section> of(RunRecord run, PageLimits limits) {
    return run.champion().isEmpty() && run.candidate().isEmpty()
        ? Optional.empty()
        : Optional.of(new ComparisonSection(run, limits).section());
  }

  private Section section() {
    boolean both = run.champion().isPresent() && run.candidate().isPresent();
    List<Measure> measures = measures();
    List<Table.Column> columns = new ArrayList<>(List.of(Table.Column.words("On held-out rows")));
    run.champion().ifPresent(e -> columns.add(Table.Column.number("Champion")));
    run.candidate().ifPresent(e -> columns.add(Table.Column.number(both ? "Candidate" : "Model")));
    if (both) {
      columns.add(Table.Column.number("Difference"));
      columns.add(new Table.Column("Beside each other", "wide"));
    }
    List<DomContent> content = new ArrayList<>();
    content.add(models());
    content.add(
        Table.stacking(
            both ? "Champion beside candidate" : "Evaluation",
            columns,
            measures.stream().map(measure -> row(measure, both)).toList()));
    if (both) {
      content.add(
          Marks.legend(
              List.of(
                  Marks.entry(Shape.sample(Shape.circle("ring", 6, 6, 3.5)), "champion"),
                  Marks.entry(Shape.sample(Shape.circle("dot", 6, 6, 3.5)), "candidate"),
                  Marks.entry(Shape.swatch("four solid"), "two standard errors each way"))));
    }
    Stream.of(run.champion(), run.candidate())
        .flatMap(Optional::stream)
        .flatMap(one -> one.chains().map(ChainRecord::message).stream())
        .filter(message -> !message.isBlank())
        .distinct()
        .forEach(message -> content.add(p("Chains: " + Words.sentence(message)).withClass("note")));
    String title = both ? "Champion and candidate" : "Evaluation";
    return new Section("models", title, content);
  }

  private DomContent models() {
    List<String> said = new ArrayList<>();
    run.champion()
        .ifPresent(
            one ->
                said.add(
                    "Champion "
                        + Words.name(one.model())
                        + " on "
                        + Numbers.whole(one.rows())
                        + " rows."));
    run.candidate()
        .ifPresent(
            one ->
                said.add(
                    (run.champion().isPresent() ? "Candidate " : "Model ")
                        + Words.name(one.model())
                        + " on "
                        + Numbers.whole(one.rows())
                        + " rows."));
    return p(String.join(" ", said));
  }

  private List<Measure> measures() {
    String anomalies =
        Stream.of(run.candidate(), run.champion())
            .flatMap(Optional::stream)
            .flatMap(one -> one.ranked().stream())
            .findFirst()
            .orElse("anomalies");
    List<Measure> all = new ArrayList<>();
    all.add(measure("Objective", "lower is better", Better.LOWER, Evaluation::objective));
    all.add(plain("Objective, untrained", "for comparison", Better.NEITHER, Evaluation::untrained));
    all.add(plain("Objective, Gaussian", "for comparison", Better.NEITHER, Evaluation::gaussian));
    all.add(measure("AUROC", anomalies + ", higher is better", Better.HIGHER, Evaluation::auroc));
    all.add(
        measure(
            "Average precision",
            anomalies + ", higher is better",
            Better.HIGHER,
            Evaluation::averagePrecision));
    all.add(
        measure(
            "Alert rate",
            "share at or above the model's own threshold",
            Better.NEITHER,
            Evaluation::alertRate));
    all.add(
        measure(
            "Mean energy",
            "each model has its own zero",
            Better.NEITHER,
            one -> Optional.of(one.meanEnergy())));
    TreeSet<String> distances = new TreeSet<>();
    Stream.of(run.champion(), run.candidate())
        .flatMap(Optional::stream)
        .forEach(one -> distances.addAll(one.distances().keySet()));
    for (String name : distances.stream().limit(limits.few()).toList()) {
      all.add(
          plain(
              "Samples: " + Words.name(name),
              "distance, lower is better" + floor(name),
              Better.LOWER,
              one -> Optional.ofNullable(one.distances().get(name)).map(SampleDistance::value)));
    }
    all.add(
        plain(
            "Log-likelihood, at least",
            "nats per row, higher is better",
            Better.HIGHER,
            one -> one.logLikelihood().map(LogLikelihood::lower)));
    all.add(
        plain(
            "Log-likelihood, at most",
            "nats per row, higher is better",
            Better.HIGHER,
            one -> one.logLikelihood().map(LogLikelihood::upper)));
    all.add(
        plain(
            "R-hat",
            "of sampling chains, near 1 is good",
            Better.LOWER,
            one -> one.chains().flatMap(ChainRecord::rHat)));
    all.add(
        plain(
            "Effective sample size",
            "of sampling chains",
            Better.HIGHER,
            one -> one.chains().flatMap(ChainRecord::effectiveSize)));
    all.add(
        plain(
            "Acceptance",
            "of sampling chains",
            Better.NEITHER,
            one -> one.chains().flatMap(ChainRecord::acceptance)));
    return all.stream()
        .filter(one -> one.champion().isPresent() || one.candidate().isPresent())
        .toList();
  }

  private String floor(String name) {
    return Stream.of(run.candidate(), run.champion())
        .flatMap(Optional::stream)
        .map(one -> Optional.ofNullable(one.distances().get(name)))
        .flatMap(Optional::stream)
        .flatMap(distance -> distance.floor().stream())
        .findFirst()
        .map(floor -> "; between halves of the rows " + Numbers.of(floor))
        .orElse("");
  }

  private Measure measure(
      String name, String hint, Better better, Function<Evaluation, Optional<Measured>> part) {
    return new Measure(
        name, hint, better, run.champion().flatMap(part), run.candidate().flatMap(part));
  }

  private Measure plain(
      String name, String hint, Better better, Function<Evaluation, Optional<Double>> part) {
    return measure(
        name,
        hint,
        better,
        one -> part.apply(one).map(value -> new Measured(value, Optional.empty())));
  }

  private List<DomContent> row(Measure measure, boolean both) {
    List<DomContent> cells = new ArrayList<>();
    cells.add(div(strong(measure.name()), div(measure.hint()).withClass("message")));
    run.champion().ifPresent(one -> cells.add(number(measure.champion())));
    run.candidate().ifPresent(one -> cells.add(number(measure.candidate())));
    if (both) {
      boolean comparable = measure.champion().isPresent() && measure.candidate().isPresent();
      boolean moved =
          comparable && measure.champion().get().value() != measure.candidate().get().value();
      cells.add(moved ? difference(measure) : text(comparable ? "0" : "–"));
      cells.add(moved ? lanes(measure) : text(""));
    }
    return cells;
  }

  private static DomContent number(Optional<Measured> measured) {
    return text(measured.map(Numbers::of).orElse("–"));
  }

  private static DomContent difference(Measure measure) {
    Measured before = measure.champion().orElseThrow();
    Measured after = measure.candidate().orElseThrow();
    double change = after.value() - before.value();
    String word =
        measure.better() == Better.NEITHER
            ? ""
            : change > 0 == (measure.better() == Better.HIGHER) ? "better" : "worse";
    Optional<Double> error = after.standardError().or(before::standardError).filter(e -> e > 0);
    int decimals = error.map(Numbers::decimals).orElse(9);
    String number =
        decimals > 8 || !Double.isFinite(change)
            ? Numbers.signed(change)
            : (change > 0 ? "+" : "") + Numbers.fixed(change, decimals);
    return div(text(number), div(word).withClass("message"));
  }

  private static DomContent lanes(Measure measure) {
    return SmallCharts.lanes(
        measure.name() + ": champion above, candidate below",
        List.of(
            new SmallCharts.Lane("champion", false, measure.champion().orElseThrow()),
            new SmallCharts.Lane("candidate", true, measure.candidate().orElseThrow())));
  }
}
