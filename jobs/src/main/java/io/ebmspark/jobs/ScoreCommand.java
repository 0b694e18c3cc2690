package io.ebmspark.jobs;

import io.ebmspark.spark.run.RunRecorder;
import io.ebmspark.spark.run.ScoreJob;
import io.ebmspark.spark.run.ScoringRun;
import picocli.CommandLine.Command;

/** {@code ebm score}: a table in, the same table with energies out. */
@Command(
    name = "score",
    description =
        "Adds its energy, and the energy's percentile and p-value among rows held out from training,"
            + " to every row.",
    mixinStandardHelpOptions = true,
    footer = {
      "%nExamples:",
      "  ebm score examples/breast-cancer-score.yaml",
      "  ebm score --set model=models/m --set source.path=rows.parquet --set output.path=scored"
    })
final class ScoreCommand extends JobCommand<ScoreJob> {
  ScoreCommand() {
    super(ScoreJob.class);
  }

  @Override
  Conclusion run(ScoreJob job, RunRecorder recorder, RunPrinter printer) {
    ScoringRun.Result result =
        inSession(printer, spark -> new ScoringRun(spark, job, recorder).score());
    String summary = ScoreSummary.sentence(job, result);
    printer.line(summary);
    ScoreSummary.highest(result.highest()).forEach(printer::line);
    printer.wrote(job.output().path());
    return Conclusion.done(summary);
  }
}
