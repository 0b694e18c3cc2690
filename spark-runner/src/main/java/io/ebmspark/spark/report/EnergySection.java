package io.ebmspark.spark.report;

import static j2html.TagCreator.p;

import io.ebmspark.spark.record.AlertBudget;
import io.ebmspark.spark.record.Histogram;
import io.ebmspark.spark.record.RunRecord;
import j2html.tags.DomContent;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** Histograms of the energies of several sets of rows, superimposed. */
final class EnergySection {
  /** The sets' line styles, which differ in colour, width and dashes. */
  private static final List<String> LINES = List.of("four", "one", "two", "three", "five", "six");

  private EnergySection() {}

  static Optional<Section> of(RunRecord run, PageLimits limits) {
    List<Histogram> sets =
        run.energies().stream()
            .filter(set -> set.counts().size() <= Math.max(10, 3 * limits.few()))
            .limit(Math.min(LINES.size(), limits.few()))
            .toList();
    if (sets.isEmpty()) {
      return Optional.empty();
    }
    List<DomContent> legend = new ArrayList<>();
    for (int i = 0; i < sets.size(); i++) {
      legend.add(
          Marks.entry(
              Shape.swatch(LINES.get(i)),
              Words.name(sets.get(i).name())
                  + ", "
                  + Numbers.whole(StepChart.total(sets.get(i)))
                  + " rows"));
    }
    List<StepChart.Place> places = thresholds(run, sets.get(0));
    List<String> css = LINES.subList(0, sets.size());
    StepChart wide = new StepChart("Energies", "energy", sets, css, places, 700, 260);
    StepChart narrow = new StepChart("Energies", "energy", sets, css, places, 340, 220);
    List<DomContent> content = new ArrayList<>();
    content.add(
        Marks.figure(
            "Energies",
            "share of each set per unit of energy; higher energy is less usual",
            Marks.legend(legend),
            wide.svg("chart broad"),
            narrow.svg("chart slim")));
    content.add(
        p("Energies beyond the ends of the axis are counted in the outermost bins.")
            .withClass("note"));
    content.add(StepChart.data("energies by bin", sets));
    content.add(Table.leftOut(sets.size(), run.energies().size(), "sets of rows"));
    return Optional.of(new Section("energies", "Energies", content));
  }

  /** The strictest threshold within the axis: more would clutter the chart. */
  private static List<StepChart.Place> thresholds(RunRecord run, Histogram set) {
    double low = set.edges().get(0);
    double high = set.edges().get(set.counts().size());
    return run.alerts().stream()
        .filter(one -> one.threshold() >= low && one.threshold() <= high)
        .min(Comparator.comparingDouble(AlertBudget::falsePositiveRate))
        .map(
            one ->
                new StepChart.Place(
                    one.threshold(),
                    "threshold at a rate of " + Numbers.of(one.falsePositiveRate())))
        .stream()
        .toList();
  }
}
