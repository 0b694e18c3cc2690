package io.ebmspark.spark.report;

import static j2html.TagCreator.div;

import io.ebmspark.spark.record.CurvePoint;
import io.ebmspark.spark.record.RunRecord;
import io.ebmspark.spark.record.TrainingRecord;
import io.ebmspark.spark.record.ValidationPoint;
import j2html.tags.DomContent;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.ToDoubleFunction;

/** The course of training, step by step. */
final class TrainingSection {
  private TrainingSection() {}

  static Optional<Section> of(RunRecord run, PageLimits limits) {
    return run.training()
        .map(training -> new Section("training", "Training", content(training, limits)));
  }

  private static List<DomContent> content(TrainingRecord training, PageLimits limits) {
    List<DomContent> content = new ArrayList<>();
    content.add(Marks.facts(facts(training)));
    List<CurvePoint> curve = Spaced.of(training.curve(), limits.points());
    if (curve.size() < 2) {
      return content;
    }
    List<DomContent> charts = new ArrayList<>();
    charts.add(losses(training, curve));
    energies(curve).ifPresent(charts::add);
    charts.add(chart("Gradient norm", "", curve, CurvePoint::gradientNorm, "one", false));
    charts.add(chart("Learning rate", "", curve, CurvePoint::learningRate, "one", true));
    charts.add(chart("Rows per second", "", curve, CurvePoint::rowsPerSecond, "one", true));
    content.add(div().withClass("charts").with(charts));
    content.add(data(curve));
    content.add(Table.leftOut(curve.size(), training.curve().size(), "steps of the curve"));
    return content;
  }

  private static Map<String, String> facts(TrainingRecord training) {
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("Steps", Numbers.whole(training.steps()));
    training.resumedAt().ifPresent(step -> facts.put("Resumed at", "step " + Numbers.whole(step)));
    training
        .best()
        .ifPresent(
            best ->
                facts.put(
                    "Weights kept",
                    "of step " + Numbers.whole(best.step()) + ", best on validation rows"));
    if (training.rollbacks() > 0) {
      facts.put(
          "Rolled back", training.rollbacks() == 1 ? "once" : training.rollbacks() + " times");
    }
    return facts;
  }

  private static DomContent chart(
      String title,
      String hint,
      List<CurvePoint> curve,
      ToDoubleFunction<CurvePoint> part,
      String css,
      boolean fromZero) {
    LineChart.Line line = line(title, css, curve, part);
    return new LineChart(title, hint, "step", List.of(line), fromZero).html();
  }

  private static LineChart.Line line(
      String name, String css, List<CurvePoint> curve, ToDoubleFunction<CurvePoint> part) {
    return new LineChart.Line(
        name,
        css,
        curve.stream().mapToDouble(CurvePoint::step).toArray(),
        curve.stream().mapToDouble(part).toArray());
  }

  /** The loss of the batches and, where there are validation rows, on those. */
  private static DomContent losses(TrainingRecord training, List<CurvePoint> curve) {
    List<ValidationPoint> points = training.validation();
    if (points.size() < 2) {
      return chart("Loss", "", curve, CurvePoint::loss, "one", false);
    }
    LineChart.Line measured =
        new LineChart.Line(
            "validation",
            "two",
            points.stream().mapToDouble(ValidationPoint::step).toArray(),
            points.stream().mapToDouble(ValidationPoint::loss).toArray());
    List<LineChart.Line> lines =
        List.of(line("training", "one", curve, CurvePoint::loss), measured);
    return new LineChart("Loss", "", "step", lines, false).html();
  }

  private static Optional<DomContent> energies(List<CurvePoint> curve) {
    List<LineChart.Line> lines = new ArrayList<>();
    List<CurvePoint> data = curve.stream().filter(p -> p.dataEnergy().isPresent()).toList();
    List<CurvePoint> drawn = curve.stream().filter(p -> p.sampleEnergy().isPresent()).toList();
    if (!data.isEmpty()) {
      lines.add(line("data", "one", data, p -> p.dataEnergy().orElseThrow()));
    }
    if (!drawn.isEmpty()) {
      lines.add(line("samples", "two", drawn, p -> p.sampleEnergy().orElseThrow()));
    }
    return lines.isEmpty()
        ? Optional.empty()
        : Optional.of(new LineChart("Mean energy", "", "step", lines, false).html());
  }

  private static DomContent data(List<CurvePoint> curve) {
    return Table.behind(
        "training curves",
        List.of(
            "Step",
            "Loss",
            "Energy of data",
            "Energy of samples",
            "Gradient norm",
            "Learning rate",
            "Rows per second"),
        curve.stream()
            .map(
                point ->
                    List.of(
                        Numbers.whole(point.step()),
                        Numbers.of(point.loss()),
                        point.dataEnergy().map(Numbers::of).orElse("–"),
                        point.sampleEnergy().map(Numbers::of).orElse("–"),
                        Numbers.of(point.gradientNorm()),
                        Numbers.of(point.learningRate()),
                        Numbers.of(point.rowsPerSecond())))
            .toList());
  }
}
