package io.ebmspark.jobs;

import io.ebmspark.spark.run.RunRecorder;
import io.ebmspark.spark.run.ScoreJob;
import io.ebmspark.spark.run.ScoringRun;
import java.util.Locale;
import picocli.CommandLine.Command;

/** {@code ebm score}: a table in, the same table with energies out. */
@Command(
    name = "score",
    description =
        "Adds its energy, and the energy's percentile among the training rows, to every row.",
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
        Sessions.use("ebm score", spark -> new ScoringRun(spark, job, recorder).score());
    String summary =
        String.format(
            Locale.ROOT,
            "%d rows scored with %s and %s%s",
            result.rows(),
            job.energyColumn(),
            job.percentileColumn(),
            result.withoutEnergy() == 0
                ? ""
                : ", "
                    + result.withoutEnergy()
                    + " of them without an energy, for lack of a number");
    printer.line(summary);
    printer.wrote(job.output().path());
    return Conclusion.done(summary);
  }
}
