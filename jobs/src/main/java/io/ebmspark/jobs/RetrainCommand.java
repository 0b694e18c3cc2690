package io.ebmspark.jobs;

import io.ebmspark.core.settings.BadSettingException;
import io.ebmspark.spark.run.RetrainJob;
import io.ebmspark.spark.run.RetrainingRun;
import io.ebmspark.spark.run.RetrainingRun.Verdict;
import io.ebmspark.spark.run.RunRecorder;
import java.util.Optional;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code ebm retrain}: one night of a registered model. */
@Command(
    name = "retrain",
    description = {
      // The first is what the list of commands shows, and so a sentence.
      "Trains a registered model on new rows, and promotes the candidate if it passes its gates.",
      "The rows are checked against the champion first, and both are judged on the same rows."
    },
    mixinStandardHelpOptions = true,
    footer = {
      "%nExamples:",
      "  ebm retrain examples/flights-retrain.yaml",
      "  ebm retrain job.yaml --force --reason 'the new sensors are wanted'"
    })
final class RetrainCommand extends JobCommand<RetrainJob> {
  @Option(names = "--force", description = "promote the candidate though a gate refuses it")
  boolean force;

  @Option(names = "--reason", paramLabel = "TEXT", description = "why, for the history")
  @Nullable String reason;

  RetrainCommand() {
    super(RetrainJob.class);
  }

  @Override
  Conclusion run(RetrainJob job, RunRecorder recorder, RunPrinter printer) {
    Optional<String> forced = forced();
    Verdict verdict = inSession(printer, spark -> retrain(spark, job, forced, recorder, printer));
    printer.line(verdict.reason());
    return new Conclusion(verdict.outcome(), verdict.reason());
  }

  private static Verdict retrain(
      SparkSession spark,
      RetrainJob job,
      Optional<String> forced,
      RunRecorder recorder,
      RunPrinter printer) {
    try (Termination termination = Termination.watch(printer::line)) {
      return new RetrainingRun(spark, job, forced, recorder).run(termination::isAsked);
    }
  }

  private Optional<String> forced() {
    if (force && (reason == null || reason.isBlank())) {
      throw new BadSettingException("--force", "needs a --reason, which the history keeps");
    }
    return force ? Optional.ofNullable(reason) : Optional.empty();
  }
}
