package io.ebmspark.spark.run;

import io.ebmspark.core.failure.EbmException;
import io.ebmspark.spark.Preflight;
import io.ebmspark.spark.data.read.KnownColumns;
import io.ebmspark.spark.record.Outcome;
import io.ebmspark.spark.registry.Change;
import io.ebmspark.spark.registry.Draft;
import io.ebmspark.spark.registry.RegisteredModel;
import io.ebmspark.spark.registry.Registry;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.SparkSession;

/**
 * One night of a registered model: tonight's rows are checked against the champion, a candidate is
 * trained on them and judged beside the champion, and becomes the champion if it passes its gates.
 *
 * <p>The verdict is part of the version, so it exists as soon as the version does; the promotion is
 * one more entry in the model's history. A night that was killed at any point is completed by the
 * next one with the same rows, settings and champion.
 */
public final class RetrainingRun {
  private final SparkSession spark;
  private final RetrainJob job;
  private final Optional<String> force;
  private final RunRecorder recorder;

  /**
   * The result of a night.
   *
   * @param reason why, in one sentence
   */
  public record Verdict(Outcome outcome, String reason) {}

  /**
   * A night on the rows that the job names.
   *
   * @param force the reason to promote a candidate even if a gate refuses it; empty to respect the
   *     gates
   */
  public RetrainingRun(
      SparkSession spark, RetrainJob job, Optional<String> force, RunRecorder recorder) {
    this.spark = spark;
    this.job = job;
    this.force = force;
    this.recorder = recorder;
  }

  /**
   * Does the night's work.
   *
   * @param stop asked between training steps; true ends the run there, at a checkpoint
   * @throws io.ebmspark.core.failure.EbmException for anything a user can fix; the champion is then
   *     unchanged
   */
  public Verdict run(BooleanSupplier stop) {
    Preflight.check(spark.sparkContext(), recorder::onNotice);
    Configuration hadoop = spark.sparkContext().hadoopConfiguration();
    RegisteredModel model = Registry.of(job.registry(), hadoop).model(job.name());
    try (Draft draft = model.begin(recorder::onNotice)) {
      Optional<Incumbent> champion = Incumbent.of(model, hadoop);
      recorder.onFinding(account -> account.model(job.name(), champion.map(Incumbent::number)));
      Night night = new Night(spark, job, model, draft, champion, force, recorder);
      KnownColumns known = champion.map(Incumbent::knownColumns).orElse(KnownColumns.NONE);
      // Instants are tonight what they were to the champion.
      Verdict verdict =
          known.inZone(
              spark,
              () -> {
                NightRows rows = NightRows.read(spark, job, model, champion, recorder);
                return rows.checked().isRefused()
                    ? new Verdict(Outcome.REFUSED_BY_CHECK, rows.checked().reason())
                    : night.run(rows, stop);
              });
      retain(draft);
      return verdict;
    }
  }

  /** The night is over, whatever becomes of this: the next one does what is left. */
  private void retain(Draft draft) {
    try {
      List<Long> removed =
          draft.retain(job.keep(), Change.because("retention").byRun(recorder.id()));
      if (!removed.isEmpty()) {
        recorder.onNotice("removed old versions: " + RegisteredModel.ranges(removed));
      }
    } catch (EbmException e) { // of the storage, or another run's, whose turn it is or was
      recorder.onNotice(String.valueOf(e.getMessage()));
    }
  }
}
