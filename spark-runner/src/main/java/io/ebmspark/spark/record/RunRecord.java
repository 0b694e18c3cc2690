package io.ebmspark.spark.record;

import io.ebmspark.core.settings.Check;
import io.ebmspark.core.settings.Setting;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** One run, from its verdict to its settings: the content of {@code run.json}. */
public record RunRecord(
    @Setting("format of this file") String format,
    @Setting("name of the run: when it started, UTC, and a few letters of its own") String id,
    @Setting("command: train, score, sample, evaluate, drift or retrain") String command,
    @Setting("what it came to") Outcome outcome,
    @Setting("what the process ended with") int exitCode,
    @Setting("why, in one sentence") String reason,
    @Setting("when it started, UTC") String started,
    @Setting("when it ended, UTC") String ended,
    @Setting("its parts") List<Phase> phases,
    @Setting("what a person should know though nothing failed") List<String> notices,
    @Setting("name of the registered model, where there is one") Optional<String> model,
    @Setting("version in use before the run") Optional<Long> championVersion,
    @Setting("version it made") Optional<Long> candidateVersion,
    @Setting("what made that version") Optional<Lineage> lineage,
    @Setting("checks of the rows") List<Judgement> checks,
    @Setting("gates of the candidate") List<Judgement> gates,
    @Setting("the rows") Optional<DataRecord> data,
    @Setting("the champion, on the same rows as the candidate") Optional<Evaluation> champion,
    @Setting("the candidate, or the model of an evaluation") Optional<Evaluation> candidate,
    @Setting("how training went") Optional<TrainingRecord> training,
    @Setting("energies of train, held-out, new and sample rows, over the same bins")
        List<Histogram> energies,
    @Setting("what thresholds would cost") List<AlertBudget> alerts,
    @Setting("the most unusual rows") List<UnusualRow> unusual,
    @Setting("drawn rows beside held-out ones") Optional<SamplesRecord> samples,
    @Setting("versions of ebm-on-spark, java, spark and pytorch") Map<String, String> versions,
    @Setting("the job with every default filled in, YAML") String settings) {
  /** The one format there is. */
  public static final String FORMAT = "ebm-on-spark-run/1";

  public RunRecord {
    Check.that(
        format.equals(FORMAT), "format", "is '" + format + "', and this version reads " + FORMAT);
  }
}
