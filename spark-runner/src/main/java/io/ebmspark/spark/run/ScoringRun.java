package io.ebmspark.spark.run;

import io.ebmspark.core.model.Calibration;
import io.ebmspark.core.model.FalseDiscoveries;
import io.ebmspark.spark.KeptBlocks;
import io.ebmspark.spark.Phases;
import io.ebmspark.spark.Preflight;
import io.ebmspark.spark.data.DataException;
import io.ebmspark.spark.data.features.Features;
import io.ebmspark.spark.data.read.ListedFiles;
import io.ebmspark.spark.data.read.Spreading;
import io.ebmspark.spark.data.read.TableReader;
import io.ebmspark.spark.model.Model;
import io.ebmspark.spark.model.ModelFolder;
import io.ebmspark.spark.record.UnusualRow;
import io.ebmspark.spark.score.ExplainSettings;
import io.ebmspark.spark.score.HighRow;
import io.ebmspark.spark.score.Tally;
import io.ebmspark.spark.score.ThresholdSettings;
import io.ebmspark.spark.store.StorageException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.LongStream;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.storage.StorageLevel;

/** One scoring run: from a model and rows to a table of the same rows with their energies. */
public final class ScoringRun {
  /** Without a key, at most this many of a row's columns are shown. */
  private static final int MOST_COLUMNS = 6;

  private final SparkSession spark;
  private final ScoreJob job;
  private final Function<Model, Dataset<Row>> rows;
  private final RunListener listener;
  private final Phases phases;

  /**
   * The outcome of scoring.
   *
   * @param rows how many were written
   * @param withoutEnergy how many of them have no energy, because a value was missing
   * @param flagged those flagged, if there is a threshold
   * @param highest the rows of highest energy, highest first; at most as many as the job shows
   */
  public record Result(
      long rows, long withoutEnergy, Optional<Flagged> flagged, List<UnusualRow> highest) {
    public Result {
      highest = List.copyOf(highest);
    }
  }

  /**
   * The rows that were flagged.
   *
   * @param rows how many
   * @param pValue the largest p-value that is flagged; 0 if the false-discovery rate allows none in
   *     this run
   * @param heldOut the number of held-out rows behind the p-values
   */
  public record Flagged(long rows, double pValue, int heldOut) {}

  private ScoringRun(
      SparkSession spark, ScoreJob job, Function<Model, Dataset<Row>> rows, RunListener listener) {
    this.spark = spark;
    this.job = job;
    this.rows = rows;
    this.listener = listener;
    this.phases = new Phases(listener);
  }

  /** A run on the table that the job names. */
  public ScoringRun(SparkSession spark, ScoreJob job, RunListener listener) {
    this(
        spark,
        job,
        model -> {
          Dataset<Row> table =
              TableReader.readWithAbsent(
                  spark, job.source(), model.config().features().knownColumns());
          return job.source().table().isPresent() ? table : Spreading.of(table);
        },
        listener);
  }

  /**
   * A run on a given dataset.
   *
   * @param job whose {@code source} only names the rows, and is not read
   */
  public static ScoringRun on(Dataset<Row> rows, ScoreJob job, RunListener listener) {
    return new ScoringRun(rows.sparkSession(), job, model -> rows, listener);
  }

  /** Scores every row and moves the table into place. */
  public Result score() {
    Preflight.check(spark.sparkContext(), listener::onNotice);
    ModelFolder folder =
        ModelLookup.find(
            job.model(), job.registry(), spark.sparkContext().hadoopConfiguration(), listener);
    Model model = folder.read();
    spark.sparkContext().setJobDescription("scoring with " + job.model());
    try (RowScoring scoring = new RowScoring(spark, model, job);
        OutputTable table = OutputTable.open(spark, job.output(), read(folder), this::notice)) {
      OutputTable.settle(
          job.source().path(), spark.sparkContext().hadoopConfiguration(), this::notice);
      Dataset<Row> source = rows.apply(model);
      table.refuseToOverwrite(source);
      Scored scored = new Scored(source, scoring, scoring.energies(source), table);
      Optional<Cut> some = scoring.calibration().map(known -> new Cut(0, known.rows()));
      table.check(storable(scored.added(some)).schema());
      if (job.threshold().map(ThresholdSettings::isOverTheRun).orElse(false)) {
        return writeOverTheRun(scored, scoring.calibration().orElseThrow());
      }
      Optional<Cut> cut =
          job.threshold().map(at -> new Cut(at.rate(), scoring.calibration().orElseThrow().rows()));
      return write(scored, cut);
    } finally {
      spark.sparkContext().setJobDescription(null);
    }
  }

  /** The largest p-value that is flagged. */
  private record Cut(double pValue, int heldOut) {}

  /**
   * Rows on their way from the source to the output.
   *
   * @param scoring adds columns to them
   * @param rows those of the source, with their energies
   */
  private record Scored(
      Dataset<Row> source, RowScoring scoring, Dataset<Row> rows, OutputTable output) {
    Scored with(Dataset<Row> other) {
      return new Scored(source, scoring, other, output);
    }

    /** The rows with their flags and reasons too. */
    Dataset<Row> added(Optional<Cut> cut) {
      return scoring.explained(scoring.flagged(rows, cut.map(Cut::pValue)));
    }
  }

  /** The same rows as the output's files can hold them: lists are text in csv. */
  private Dataset<Row> storable(Dataset<Row> explained) {
    return job.explain()
        .filter(explain -> explain.isOn() && job.output().format().equalsIgnoreCase("csv"))
        .map(
            explain ->
                explained.withColumn(
                    explain.contributionsColumn(),
                    functions.to_json(Features.quoted(explain.contributionsColumn()))))
        .orElse(explained);
  }

  /**
   * For thresholds where each flag depends on all rows. Scored rows are kept, in memory or on the
   * executors' discs, between counting and writing: reading a row back takes microseconds, and
   * computing an energy may take a thousand times as long.
   */
  private Result writeOverTheRun(Scored scored, Calibration calibration) {
    Dataset<Row> kept = scored.rows().persist(StorageLevel.MEMORY_AND_DISK());
    try {
      double rate = job.threshold().orElseThrow().rate();
      long[] counts = phases.time("count", () -> counts(scored.with(kept), calibration));
      int rank = FalseDiscoveries.rank(counts, rate);
      if (rank == 0 && LongStream.of(counts).sum() > 0) {
        notice(
            "no row is flagged: with "
                + calibration.rows()
                + " rows held out, it takes at least "
                + FalseDiscoveries.fewest(LongStream.of(counts).sum(), calibration.rows(), rate)
                + " rows with a higher energy than all of them, for a false-discovery rate of "
                + rate);
      }
      return write(
          scored.with(kept),
          Optional.of(new Cut(calibration.pValueOfRank(rank), calibration.rows())));
    } finally {
      KeptBlocks.release(kept);
    }
  }

  /** How many rows have each of the n+1 possible p-values, smallest first. */
  private long[] counts(Scored scored, Calibration calibration) {
    long[] counts = new long[calibration.rows() + 1];
    Column pValue = Features.quoted(job.pValueColumn());
    try {
      for (Row row :
          scored.rows().where(pValue.isNotNull()).groupBy(pValue).count().collectAsList()) {
        counts[calibration.rank(row.getDouble(0)) - 1] += row.getLong(1);
      }
    } catch (Exception e) {
      throw blamed(scored.output().failure(e)); // Scala declares no checked exceptions.
    }
    return counts;
  }

  private Result write(Scored scored, Optional<Cut> cut) {
    Dataset<Row> written = scored.added(cut);
    List<String> shown = shown(scored.source());
    Tally.Tallied tallied = Tally.of(written, looked(written, cut, shown), job.show());
    try {
      phases.time(
          "score",
          () ->
              scored
                  .output()
                  .write(
                      storable(tallied.rows()),
                      () -> ListedFiles.refuseChanged(scored.source(), job.source())));
    } catch (DataException | StorageException e) {
      throw blamed(e);
    }
    scored.scoring().changedColumns(scored.source().schema()).forEach(this::notice);
    Result result = result(tallied.found(), cut, shown);
    listener.onFinding(account -> account.unusual(result.highest()));
    return result;
  }

  /** What is wrong with the source's files or values is met while rows are written. */
  private RuntimeException blamed(RuntimeException e) {
    return e instanceof DataException || e instanceof StorageException
        ? TableReader.ofTheRows(job.source(), e).<RuntimeException>map(found -> found).orElse(e)
        : e;
  }

  /** The columns that what is said at the end is taken from. */
  private Tally.Columns looked(Dataset<Row> written, Optional<Cut> cut, List<String> shown) {
    boolean hasPValue = List.of(written.columns()).contains(job.pValueColumn());
    return new Tally.Columns(
        job.energyColumn(),
        hasPValue ? Optional.of(job.pValueColumn()) : Optional.empty(),
        cut.map(at -> job.flagColumn()),
        job.explain().filter(ExplainSettings::isOn).map(ExplainSettings::contributionsColumn),
        shown);
  }

  /** The key, or the first few columns. */
  private List<String> shown(Dataset<Row> source) {
    List<String> columns = List.of(source.columns());
    List<String> key = job.source().key();
    return key.isEmpty() ? columns.subList(0, Math.min(MOST_COLUMNS, columns.size())) : key;
  }

  /** The inputs, which must not be overwritten, by the setting that names each. */
  private Map<String, List<String>> read(ModelFolder model) {
    Map<String, List<String>> read = new LinkedHashMap<>();
    read.put("model", List.of(model.path()));
    read.put("source.path", job.source().path());
    return read;
  }

  private void notice(String text) {
    listener.onNotice(text);
  }

  private static Result result(Tally found, Optional<Cut> cut, List<String> shown) {
    return new Result(
        found.rows(),
        found.rows() - found.scored(),
        cut.map(at -> new Flagged(found.flagged(), at.pValue(), at.heldOut())),
        found.highest().stream().map(row -> unusual(row, shown)).toList());
  }

  private static UnusualRow unusual(HighRow row, List<String> shown) {
    Map<String, String> values = new LinkedHashMap<>();
    for (int i = 0; i < shown.size(); i++) {
      values.put(shown.get(i), row.values().get(i));
    }
    return UnusualRow.of(row.energy(), Optional.ofNullable(row.pValue()), values, row.reasons());
  }
}
