package io.ebmspark.spark.run;

import io.ebmspark.spark.Phases;
import io.ebmspark.spark.Preflight;
import io.ebmspark.spark.check.Champion;
import io.ebmspark.spark.check.CheckResult;
import io.ebmspark.spark.check.DataChecks;
import io.ebmspark.spark.data.read.ListedFiles;
import io.ebmspark.spark.data.read.TableReader;
import io.ebmspark.spark.model.Model;
import io.ebmspark.spark.model.ModelFolder;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/** One check of how far new rows have drifted from those a model was trained on. Writes nothing. */
public final class DriftRun {
  private final SparkSession spark;
  private final DriftJob job;
  private final Function<Model, Dataset<Row>> rows;
  private final RunListener listener;

  private DriftRun(
      SparkSession spark, DriftJob job, Function<Model, Dataset<Row>> rows, RunListener listener) {
    this.spark = spark;
    this.job = job;
    this.rows = rows;
    this.listener = listener;
  }

  /** A run on the table that the job names. */
  public DriftRun(SparkSession spark, DriftJob job, RunListener listener) {
    this(
        spark,
        job,
        model -> TableReader.read(spark, job.source(), model.config().features().knownColumns()),
        listener);
  }

  /**
   * A run on a given dataset.
   *
   * @param job whose {@code source} only names the rows, and is not read
   */
  public static DriftRun on(Dataset<Row> rows, DriftJob job, RunListener listener) {
    return new DriftRun(rows.sparkSession(), job, model -> rows, listener);
  }

  /**
   * Checks the rows.
   *
   * @throws io.ebmspark.core.failure.EbmException if the model or the rows cannot be read
   */
  public CheckResult check() {
    Preflight.check(spark.sparkContext(), listener::onNotice);
    Configuration hadoop = spark.sparkContext().hadoopConfiguration();
    ModelFolder folder = ModelLookup.find(job.model(), job.registry(), hadoop, listener);
    Champion champion = new Champion(folder.read(), folder.profile());
    OutputTable.settle(job.source().path(), hadoop, listener::onNotice);
    Dataset<Row> table = rows.apply(champion.model());
    CheckResult result =
        new Phases(listener)
            .time(
                "check",
                () ->
                    DataChecks.check(
                        table,
                        champion.model().config().data().withSource(job.source()),
                        Optional.of(champion),
                        List.of(),
                        job.checks()));
    ListedFiles.refuseChanged(table, job.source());
    listener.onFinding(
        account -> {
          account.checks(result.checks());
          account.data(result.data());
        });
    return result;
  }
}
