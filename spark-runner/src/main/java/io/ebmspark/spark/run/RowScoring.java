package io.ebmspark.spark.run;

import io.ebmspark.core.model.Calibration;
import io.ebmspark.core.settings.BadSettingException;
import io.ebmspark.spark.data.features.Features;
import io.ebmspark.spark.model.Model;
import io.ebmspark.spark.score.ExplainSettings;
import io.ebmspark.spark.score.ScoringSettings;
import io.ebmspark.spark.score.TableScorer;
import io.ebmspark.spark.score.ThresholdSettings;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/**
 * The columns that a scoring job adds to rows, in three steps: energies, then flags, then reasons.
 * All are computed when the result is used. Keeps a model on the cluster until it is closed.
 */
public final class RowScoring implements AutoCloseable {
  private final ScoreJob job;
  private final boolean hasPValues;
  private final Optional<Calibration> calibration;
  private final TableScorer scorer;

  /**
   * Sends a model to the executors.
   *
   * @param job of which only the columns, the threshold and the reasons count
   * @throws BadSettingException if the model cannot give what the job asks for
   */
  public RowScoring(SparkSession spark, Model model, ScoreJob job) {
    this.job = job;
    this.hasPValues = model.calibration().isPresent();
    this.calibration =
        job.threshold().map(threshold -> threshold.require(model.calibration(), job.model()));
    job.explain().ifPresent(explain -> explain.require(model, job.model()));
    this.scorer =
        new TableScorer(
            spark,
            model,
            new ScoringSettings(
                job.missing().orElse(model.config().features().missing()),
                job.energyColumn(),
                job.percentileColumn(),
                job.pValueColumn(),
                job.source().key()));
  }

  /** The held-out rows behind a threshold, if there is one. */
  Optional<Calibration> calibration() {
    return calibration;
  }

  /**
   * Adds everything, row by row.
   *
   * @throws BadSettingException if a row's flag depends on all the others
   * @throws io.ebmspark.spark.data.DataException if the table does not fit the model
   */
  public Dataset<Row> add(Dataset<Row> table) {
    requirePerRow(job);
    return explained(flagged(energies(table), job.threshold().map(ThresholdSettings::rate)));
  }

  private static void requirePerRow(ScoreJob job) {
    if (job.threshold().map(ThresholdSettings::isOverTheRun).orElse(false)) {
      throw new BadSettingException(
          "threshold.falseDiscoveryRate",
          "flags a row by all rows of a run, which are not known here; set falsePositiveRate, or"
              + " use ebm score");
    }
  }

  /**
   * A table's schema with the columns that a job adds, row by row.
   *
   * @param hasPValues whether the model has rows that were held out from training
   * @throws BadSettingException if a row's flag depends on all the others
   * @throws io.ebmspark.spark.data.DataException if the table has one of them already
   */
  public static StructType schema(StructType table, ScoreJob job, boolean hasPValues) {
    requirePerRow(job);
    StructType added = added(job, hasPValues);
    TableScorer.refuse(table, List.of(added.fieldNames()));
    StructType schema = table;
    for (StructField field : added.fields()) {
      schema = schema.add(field);
    }
    return schema;
  }

  private static StructType added(ScoreJob job, boolean hasPValues) {
    StructType added =
        TableScorer.energies(
            job.energyColumn(),
            job.percentileColumn(),
            hasPValues ? Optional.of(job.pValueColumn()) : Optional.empty());
    if (job.threshold().isPresent()) {
      added = added.add(job.flagColumn(), DataTypes.BooleanType, true);
    }
    if (job.explain().filter(ExplainSettings::isOn).isPresent()) {
      for (StructField field : TableScorer.reasons(job.explain().get()).fields()) {
        added = added.add(field);
      }
    }
    return added;
  }

  /** Adds the energies, percentiles and p-values to rows that have none of the columns to come. */
  Dataset<Row> energies(Dataset<Row> table) {
    TableScorer.refuse(table.schema(), List.of(added(job, hasPValues).fieldNames()));
    return scorer.score(table);
  }

  /** What is to be said, once rows are scored, of columns whose values have changed altogether. */
  List<String> changedColumns(StructType table) {
    return scorer.changedColumns(table);
  }

  /** Adds whether a row is flagged, if there is a largest p-value that is. */
  Dataset<Row> flagged(Dataset<Row> scored, Optional<Double> largestPValue) {
    return largestPValue
        .map(
            largest ->
                scored.withColumn(
                    job.flagColumn(), Features.quoted(job.pValueColumn()).leq(largest)))
        .orElse(scored);
  }

  /** Adds the reasons, if any are wanted. */
  Dataset<Row> explained(Dataset<Row> flagged) {
    return reasons()
        .map(
            explain ->
                scorer.explain(
                    flagged,
                    explain,
                    explain.rows() == ExplainSettings.Rows.FLAGGED
                        ? Optional.of(job.flagColumn())
                        : Optional.empty()))
        .orElse(flagged);
  }

  private Optional<ExplainSettings> reasons() {
    return job.explain().filter(ExplainSettings::isOn);
  }

  /** Frees the model. */
  @Override
  public void close() {
    scorer.close();
  }
}
