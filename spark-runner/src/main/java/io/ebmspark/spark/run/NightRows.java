package io.ebmspark.spark.run;

import io.ebmspark.spark.Phases;
import io.ebmspark.spark.check.CheckResult;
import io.ebmspark.spark.check.CheckSettings.QuarantineSettings;
import io.ebmspark.spark.check.DataChecks;
import io.ebmspark.spark.check.Quarantine;
import io.ebmspark.spark.check.SlowDrift;
import io.ebmspark.spark.data.read.KnownColumns;
import io.ebmspark.spark.data.read.ListedFiles;
import io.ebmspark.spark.data.read.TableReader;
import io.ebmspark.spark.model.ModelFolder;
import io.ebmspark.spark.profile.DataProfile;
import io.ebmspark.spark.profile.TableScan;
import io.ebmspark.spark.record.Action;
import io.ebmspark.spark.registry.RegisteredModel;
import io.ebmspark.spark.registry.Version;
import io.ebmspark.spark.store.Location;
import io.ebmspark.spark.store.Overlap;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * The rows of a night.
 *
 * @param kept without those put in quarantine
 * @param checked the result of checking all of them
 */
record NightRows(Dataset<Row> kept, CheckResult checked) {
  /** How many earlier versions' row counts tonight's is compared with. */
  private static final int NIGHTS = 7;

  /** Opens the table, checks all rows, and puts unfit rows in quarantine if the job asks for it. */
  static NightRows read(
      SparkSession spark,
      RetrainJob job,
      RegisteredModel model,
      Optional<Incumbent> champion,
      RunRecorder recorder) {
    Configuration hadoop = spark.sparkContext().hadoopConfiguration();
    refuseQuarantineInSource(job, hadoop);
    OutputTable.settle(job.data().source().path(), hadoop, recorder::onNotice);
    KnownColumns known = champion.map(Incumbent::knownColumns).orElse(KnownColumns.NONE);
    Dataset<Row> table = TableReader.read(spark, job.data().source(), known);
    CheckResult checked =
        new Phases(recorder)
            .time(
                "check",
                () ->
                    DataChecks.check(
                        table,
                        job.data(),
                        champion.map(Incumbent::reference),
                        rowsBefore(model, hadoop),
                        job.checks(),
                        slowDrift(model, champion, job.slowDrift(), hadoop)));
    // Of rows before and after, a check would judge what never was a table.
    ListedFiles.refuseChanged(table, job.data().source());
    NightRows rows =
        job.checks()
            .quarantine()
            .filter(settings -> !checked.isRefused())
            .map(settings -> putAside(table, checked, settings, job, recorder))
            .orElseGet(() -> new NightRows(table, checked));
    recorder.onFinding(
        account -> {
          account.checks(rows.checked().checks());
          account.data(rows.checked().data());
        });
    return rows;
  }

  /** Rows put aside tonight must not be among those of the next night. */
  private static void refuseQuarantineInSource(RetrainJob job, Configuration hadoop) {
    job.checks()
        .quarantine()
        .map(settings -> Location.of(settings.path(), hadoop))
        .ifPresent(
            aside ->
                job.data()
                    .source()
                    .path()
                    .forEach(
                        path ->
                            Overlap.refuse(
                                aside,
                                "checks.quarantine.path",
                                path,
                                "data.source.path",
                                hadoop)));
  }

  /** Empty if the champion is the oldest version, or the check is off. */
  private static Optional<SlowDrift> slowDrift(
      RegisteredModel model, Optional<Incumbent> champion, Action action, Configuration hadoop) {
    List<Version> versions = model.versions();
    if (action == Action.OFF || champion.isEmpty() || versions.isEmpty()) {
      return Optional.empty();
    }
    Version oldest = versions.get(0);
    if (oldest.number() == champion.get().number()) {
      return Optional.empty();
    }
    ModelFolder folder = new ModelFolder(oldest.modelFolder(), hadoop);
    return Optional.of(
        new SlowDrift("version " + oldest.number(), folder.profile(), folder::read, action));
  }

  private static NightRows putAside(
      Dataset<Row> table,
      CheckResult checked,
      QuarantineSettings settings,
      RetrainJob job,
      RunRecorder recorder) {
    Quarantine quarantine = Quarantine.of(table, TableScan.features(table, job.data()), settings);
    long count =
        new Phases(recorder)
            .time(
                "quarantine",
                () -> quarantine.write(settings.path(), recorder.id(), job.data().source()));
    return new NightRows(
        quarantine.kept(),
        checked
            .and(Quarantine.judge(count, checked.data().rows(), settings))
            .withQuarantined(count));
  }

  private static List<Long> rowsBefore(RegisteredModel model, Configuration hadoop) {
    List<Version> versions = model.versions();
    return versions.subList(Math.max(0, versions.size() - NIGHTS), versions.size()).stream()
        .map(version -> new ModelFolder(version.modelFolder(), hadoop).profile())
        .flatMap(Optional::stream)
        .map(DataProfile::rows)
        .toList();
  }
}
