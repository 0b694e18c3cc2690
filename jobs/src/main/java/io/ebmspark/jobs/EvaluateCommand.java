package io.ebmspark.jobs;

import io.ebmspark.spark.evaluate.Evaluated;
import io.ebmspark.spark.record.Evaluation;
import io.ebmspark.spark.record.Measured;
import io.ebmspark.spark.record.SampleDistance;
import io.ebmspark.spark.run.EvaluateJob;
import io.ebmspark.spark.run.EvaluationRun;
import io.ebmspark.spark.run.RunRecorder;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import picocli.CommandLine.Command;

/** {@code ebm evaluate}: what a model is worth on rows it was not trained on. */
@Command(
    name = "evaluate",
    description = {
      // The first is what the list of commands shows, and so a sentence.
      "Measures a model on rows it was not trained on: loss, ranking, drawn rows, likelihood.",
      "A model may take the place of a job file; it is evaluated on the rows held out from its",
      "training unless settings say otherwise."
    },
    mixinStandardHelpOptions = true,
    footer = {
      "%nExamples:",
      "  ebm evaluate models/breast-cancer",
      "  ebm evaluate examples/breast-cancer-evaluate.yaml --json",
      "  ebm evaluate models/m --set source.path=new.parquet --set label=\"kind = 'fraud'\""
    })
final class EvaluateCommand extends ModelCommand<EvaluateJob> {
  EvaluateCommand() {
    super(EvaluateJob.class);
  }

  @Override
  Conclusion run(EvaluateJob job, RunRecorder recorder, RunPrinter printer) {
    Evaluated evaluated =
        inSession(printer, spark -> new EvaluationRun(spark, job, recorder).evaluate());
    print(evaluated.evaluation(), printer);
    return Conclusion.done(
        job.model() + " evaluated on " + evaluated.evaluation().rows() + " rows");
  }

  private static void print(Evaluation found, RunPrinter printer) {
    printer.format("%-22s %d", "usual rows", found.rows());
    found
        .objective()
        .ifPresent(
            loss ->
                printer.format(
                    "%-22s %s%s%s",
                    "held-out loss",
                    text(loss),
                    beside(", untrained ", found.untrained()),
                    beside(", of a Gaussian ", found.gaussian())));
    printer.format("%-22s %s", "mean energy", text(found.meanEnergy()));
    line(printer, "alert rate", found.alertRate());
    found.ranked().ifPresent(what -> printer.format("%-22s %s", "ranked against", what));
    line(printer, "AUROC", found.auroc());
    line(printer, "average precision", found.averagePrecision());
    for (Map.Entry<String, SampleDistance> entry : new TreeMap<>(found.distances()).entrySet()) {
      printer.format(
          "%-22s %.4g%s",
          words(entry.getKey()),
          entry.getValue().value(),
          beside(", of held-out rows to each other ", entry.getValue().floor()));
    }
    found
        .logLikelihood()
        .ifPresent(
            bounds ->
                printer.format(
                    "%-22s %.4g to %.4g nats per row",
                    "log-likelihood", bounds.lower(), bounds.upper()));
    found.chains().ifPresent(chains -> printer.format("%-22s %s", "chains", chains.message()));
  }

  private static void line(RunPrinter printer, String name, Optional<Measured> value) {
    value.ifPresent(measured -> printer.format("%-22s %s", name, text(measured)));
  }

  private static String text(Measured measured) {
    return String.format(Locale.ROOT, "%.4g", measured.value())
        + measured
            .standardError()
            .map(error -> String.format(Locale.ROOT, " ± %.2g", error))
            .orElse("");
  }

  private static String beside(String what, Optional<Double> value) {
    return value.map(number -> what + String.format(Locale.ROOT, "%.4g", number)).orElse("");
  }

  /** {@code slicedWasserstein} is {@code sliced wasserstein}. */
  private static String words(String name) {
    return name.replaceAll("([a-z])([A-Z])", "$1 $2").toLowerCase(Locale.ROOT);
  }
}
