package io.ebmspark.spark.record;

import io.ebmspark.core.settings.Check;
import io.ebmspark.core.settings.Setting;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** One run, from its verdict to its settings: the content of {@code run.json}. */
public record RunRecord(
    @Setting("format of this file") String format,
    @Setting("name of the run: its start time, UTC, and a few random letters") String id,
    @Setting("command: train, score, sample, evaluate, drift or retrain") String command,
    @Setting("its outcome") Outcome outcome,
    @Setting("exit code of the process") int exitCode,
    @Setting("why, in one sentence") String reason,
    @Setting("when it started, UTC") String started,
    @Setting("when it ended, UTC") String ended,
    @Setting("its phases") List<Phase> phases,
    @Setting("what the user should know although nothing failed") List<String> notices,
    @Setting("name of the registered model, if there is one") Optional<String> model,
    @Setting("version in use before the run") Optional<Long> championVersion,
    @Setting("version it made") Optional<Long> candidateVersion,
    @Setting("what that version was made from") Optional<Lineage> lineage,
    @Setting("checks of the rows") List<Judgement> checks,
    @Setting("gates for the candidate") List<Judgement> gates,
    @Setting("the rows") Optional<DataRecord> data,
    @Setting("the champion, on the same rows as the candidate") Optional<Evaluation> champion,
    @Setting("the candidate, or the model of an evaluation") Optional<Evaluation> candidate,
    @Setting("how training went") Optional<TrainingRecord> training,
    @Setting("energies of training, held-out and drawn rows, over the same bins")
        List<Histogram> energies,
    @Setting("alarms that thresholds would raise") List<AlertBudget> alerts,
    @Setting("the most unusual rows") List<UnusualRow> unusual,
    @Setting("drawn rows beside held-out ones") Optional<SamplesRecord> samples,
    @Setting("versions of ebm-on-spark, java, spark and pytorch") Map<String, String> versions,
    @Setting("the job with every default filled in, as YAML") String settings) {
  /** The only format so far. */
  public static final String FORMAT = "ebm-on-spark-run/1";

  public RunRecord {
    Check.that(
        format.equals(FORMAT), "format", "is '" + format + "'; this version reads " + FORMAT);
  }
}
