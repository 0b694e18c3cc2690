package io.ebmspark.jobs;

import io.ebmspark.spark.run.ScoreJob;
import io.ebmspark.spark.run.ScoringRun;
import org.apache.spark.sql.SparkSession;
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
final class ScoreCommand extends JobCommand {
  @Override
  public void run() {
    ScoreJob job = job(ScoreJob.class);
    Sessions.use("ebm score", spark -> score(spark, job));
  }

  private void score(SparkSession spark, ScoreJob job) {
    try (RunPrinter printer = RunPrinter.of(out)) {
      ScoringRun.Result result = new ScoringRun(spark, job, printer).score();
      out.printf(
          "%d rows scored with %s and %s%s%n",
          result.rows(),
          job.energyColumn(),
          job.percentileColumn(),
          result.withoutEnergy() == 0
              ? ""
              : ", " + result.withoutEnergy() + " of them without, for a number they lack");
      printer.wrote(job.output().path());
    }
  }
}
