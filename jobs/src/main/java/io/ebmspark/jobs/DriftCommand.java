package io.ebmspark.jobs;

import io.ebmspark.spark.check.CheckResult;
import io.ebmspark.spark.record.ColumnDrift;
import io.ebmspark.spark.record.Judgement;
import io.ebmspark.spark.record.Outcome;
import io.ebmspark.spark.run.DriftJob;
import io.ebmspark.spark.run.DriftRun;
import io.ebmspark.spark.run.RunRecorder;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import picocli.CommandLine.Command;

/** {@code ebm drift}: new rows beside those a model was trained on. */
@Command(
    name = "drift",
    description = "Checks new rows against those a model was trained on; trains nothing.",
    mixinStandardHelpOptions = true,
    footer = {
      "%nExit code 7 where a check that is set to stop finds something; warnings end with 0.",
      "%nExamples:",
      "  ebm drift job.yaml",
      "  ebm drift job.yaml models/m --json",
      "  ebm drift models/m --set source.path=rows.parquet"
    })
final class DriftCommand extends ModelCommand<DriftJob> {
  /** Number of columns shown. */
  private static final int SHOWN = 10;

  DriftCommand() {
    super(DriftJob.class);
  }

  @Override
  Conclusion run(DriftJob job, RunRecorder recorder, RunPrinter printer) {
    CheckResult result = inSession(printer, spark -> new DriftRun(spark, job, recorder).check());
    show(result, printer);
    return new Conclusion(
        result.isRefused() ? Outcome.REFUSED_BY_CHECK : Outcome.DONE, result.reason());
  }

  private static void show(CheckResult result, RunPrinter printer) {
    for (Judgement check : result.checks()) {
      printer.format(
          "%-8s %-14s %s",
          check.status().name().toLowerCase(Locale.ROOT), check.name(), check.message());
    }
    List<ColumnDrift> columns = result.data().columns();
    if (!columns.isEmpty()) {
      printer.line("");
      printer.format(
          "%-24s %8s %11s %9s %10s %8s %8s %8s",
          "column", "psi", "wasserstein", "js", "nulls", "below", "above", "unseen");
    }
    for (ColumnDrift column : columns.subList(0, Math.min(SHOWN, columns.size()))) {
      printer.format(
          "%-24s %8s %11s %9s %10d %8s %8s %8s",
          column.name(),
          number(column.psi()),
          number(column.wasserstein()),
          number(column.jensenShannon()),
          column.nulls(),
          column.unseen().isPresent() ? "" : column.below(),
          column.unseen().isPresent() ? "" : column.above(),
          column.unseen().map(String::valueOf).orElse(""));
    }
    // Of a wide table the record has only some.
    int all = result.scan().map(scan -> scan.names().size()).orElse(columns.size());
    if (all > SHOWN && !columns.isEmpty()) {
      printer.format("and %d more columns, less drifted", all - SHOWN);
    }
    printer.line("");
    printer.format("%d rows: %s", result.data().rows(), result.reason());
  }

  private static String number(Optional<Double> value) {
    return value.map(known -> String.format(Locale.ROOT, "%.3f", known)).orElse("");
  }
}
