package io.ebmspark.spark.run;

import io.ebmspark.spark.data.features.Features;
import io.ebmspark.spark.data.read.TableReader;
import io.ebmspark.spark.model.Model;
import io.ebmspark.spark.model.ModelFolder;
import io.ebmspark.spark.score.ScoringSettings;
import io.ebmspark.spark.score.TableScorer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Observation;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;

/** One scoring run: from a model and rows to a table of the same rows with their energies. */
public final class ScoringRun {
  private final SparkSession spark;
  private final ScoreJob job;
  private final Function<Model, Dataset<Row>> rows;
  private final Phases phases;

  /**
   * What became of the rows.
   *
   * @param rows how many were written
   * @param withoutEnergy how many of them have none, since a number was missing
   */
  public record Result(long rows, long withoutEnergy) {}

  private ScoringRun(
      SparkSession spark, ScoreJob job, Function<Model, Dataset<Row>> rows, RunListener listener) {
    this.spark = spark;
    this.job = job;
    this.rows = rows;
    this.phases = new Phases(listener);
  }

  /** A run on the table that the job names. */
  public ScoringRun(SparkSession spark, ScoreJob job, RunListener listener) {
    this(
        spark,
        job,
        model -> TableReader.read(spark, job.source(), model.config().features().types()),
        listener);
  }

  /**
   * A run on rows at hand.
   *
   * @param job whose {@code source} says what the rows are called, and is not read
   */
  public static ScoringRun on(Dataset<Row> rows, ScoreJob job, RunListener listener) {
    return new ScoringRun(rows.sparkSession(), job, model -> rows, listener);
  }

  /** Scores every row, and puts the table in its place. */
  public Result score() {
    Model model = new ModelFolder(job.model(), spark.sparkContext().hadoopConfiguration()).read();
    spark.sparkContext().setJobDescription("scoring with " + job.model());
    try (OutputTable table = OutputTable.open(spark, job.output(), read(), this::notice);
        TableScorer scorer = new TableScorer(spark, model, settings(model))) {
      OutputTable.settle(
          job.source().path(), spark.sparkContext().hadoopConfiguration(), this::notice);
      Dataset<Row> source = rows.apply(model);
      table.refuseToOverwrite(source);
      Dataset<Row> scored = scorer.score(source);
      table.check(scored.schema());
      Observation counts = new Observation();
      Dataset<Row> counted =
          scored.observe(
              counts,
              functions.count(functions.lit(1)).as("rows"),
              functions.count(Features.quoted(job.energyColumn())).as("scored"));
      phases.time("score", () -> table.write(counted));
      return result(counts);
    } finally {
      spark.sparkContext().setJobDescription(null);
    }
  }

  /** What must not be overwritten, by the setting that names it. */
  private Map<String, List<String>> read() {
    Map<String, List<String>> read = new LinkedHashMap<>();
    read.put("model", List.of(job.model()));
    read.put("source.path", job.source().path());
    return read;
  }

  private void notice(String text) {
    phases.listener().onNotice(text);
  }

  private ScoringSettings settings(Model model) {
    return new ScoringSettings(
        job.missing().orElse(model.config().features().missing()),
        job.energyColumn(),
        job.percentileColumn(),
        job.source().key());
  }

  private static Result result(Observation counts) {
    try {
      Map<String, Object> found = counts.getAsJava();
      long all = (Long) Objects.requireNonNull(found.get("rows"));
      return new Result(all, all - (Long) Objects.requireNonNull(found.get("scored")));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while rows were counted", e);
    }
  }
}
