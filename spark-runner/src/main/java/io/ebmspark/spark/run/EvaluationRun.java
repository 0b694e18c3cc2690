package io.ebmspark.spark.run;

import io.ebmspark.spark.Phases;
import io.ebmspark.spark.Preflight;
import io.ebmspark.spark.data.SourceSettings;
import io.ebmspark.spark.data.read.KnownColumns;
import io.ebmspark.spark.data.read.ListedFiles;
import io.ebmspark.spark.data.read.TableReader;
import io.ebmspark.spark.evaluate.Evaluated;
import io.ebmspark.spark.evaluate.EvaluationTable;
import io.ebmspark.spark.evaluate.Evaluator;
import io.ebmspark.spark.model.Model;
import io.ebmspark.spark.record.DataRecord;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/** One evaluation of a model on the rows of a table. */
public final class EvaluationRun {
  private final SparkSession spark;
  private final EvaluateJob job;
  private final Optional<Dataset<Row>> rows;
  private final RunListener listener;
  private final Phases phases;

  private EvaluationRun(
      SparkSession spark, EvaluateJob job, Optional<Dataset<Row>> rows, RunListener listener) {
    this.spark = spark;
    this.job = job;
    this.rows = rows;
    this.listener = listener;
    this.phases = new Phases(listener);
  }

  /** A run on the table that the job names, or else the model's training table. */
  public EvaluationRun(SparkSession spark, EvaluateJob job, RunListener listener) {
    this(spark, job, Optional.empty(), listener);
  }

  /**
   * A run on a given dataset.
   *
   * @param job whose {@code source} only names the rows, and is not read
   */
  public static EvaluationRun on(Dataset<Row> rows, EvaluateJob job, RunListener listener) {
    return new EvaluationRun(rows.sparkSession(), job, Optional.of(rows), listener);
  }

  /** Evaluates the model; the results also go to the listener as findings. */
  public Evaluated evaluate() {
    Preflight.check(spark.sparkContext(), listener::onNotice);
    Model model =
        ModelLookup.find(
                job.model(), job.registry(), spark.sparkContext().hadoopConfiguration(), listener)
            .read();
    SourceSettings source = job.source().orElse(model.config().data().source());
    Evaluator evaluator = new Evaluator(spark, job.evaluation());
    spark.sparkContext().setJobDescription("evaluating " + job.model());
    try {
      EvaluationTable table =
          phases.time(
              "read",
              () ->
                  model
                      .config()
                      .features()
                      .knownColumns()
                      .inZone(spark, () -> read(model, source, evaluator)));
      table.notices().forEach(listener::onNotice);
      Evaluated evaluated =
          phases.time("evaluate", () -> evaluator.evaluate(job.model(), model, table.rows()));
      evaluated.notices().forEach(listener::onNotice);
      listener.onFinding(
          account -> {
            account.data(data(source, table));
            account.candidate(evaluated.evaluation());
          });
      return evaluated;
    } finally {
      spark.sparkContext().setJobDescription(null);
    }
  }

  private EvaluationTable read(Model model, SourceSettings source, Evaluator evaluator) {
    KnownColumns known = model.config().features().knownColumns();
    Dataset<Row> table = rows.orElseGet(() -> TableReader.readWithAbsent(spark, source, known));
    EvaluationTable taken =
        EvaluationTable.of(
            table,
            source,
            model,
            new EvaluationTable.Choice(
                job.label(),
                job.missing().orElse(model.config().features().missing()),
                job.rows() == EvaluateJob.Rows.HELD_OUT,
                evaluator.mostRows(model.config().features().scale().size())));
    ListedFiles.refuseChanged(table, source);
    return taken;
  }

  private static DataRecord data(SourceSettings source, EvaluationTable table) {
    return new DataRecord(
        source.withoutSecrets().describe(),
        table.read(),
        Optional.empty(),
        Optional.of(table.read() - table.incomplete() - table.trainedOn()),
        table.incomplete(),
        Optional.empty(),
        Optional.empty(),
        List.of());
  }
}
