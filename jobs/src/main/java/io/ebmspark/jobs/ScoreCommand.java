package io.ebmspark.jobs;

import io.ebmspark.spark.data.TableReader;
import io.ebmspark.spark.model.Model;
import io.ebmspark.spark.model.ModelFolder;
import io.ebmspark.spark.score.TableScorer;
import java.util.Locale;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
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
    long started = System.nanoTime();
    Sessions.use(
        "ebm score",
        spark -> {
          Model model =
              new ModelFolder(job.model(), spark.sparkContext().hadoopConfiguration()).read();
          Tables.checkWritable(spark, job.output());
          Dataset<Row> table = TableReader.read(spark, job.source());
          spark.sparkContext().setJobDescription("scoring with " + job.model());
          Dataset<Row> scored =
              TableScorer.score(
                  table, model, job.missing().orElse(model.config().features().missing()));
          Tables.write(scored, job.output());
          out.printf(
              Locale.ROOT,
              "wrote %s with %s and %s after %.1f s%n",
              job.output().path(),
              TableScorer.ENERGY,
              TableScorer.PERCENTILE,
              (System.nanoTime() - started) * 1e-9);
        });
  }
}
