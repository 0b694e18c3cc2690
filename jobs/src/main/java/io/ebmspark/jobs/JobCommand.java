package io.ebmspark.jobs;

import io.ebmspark.core.settings.SettingsException;
import io.ebmspark.core.settings.SettingsWriter;
import io.ebmspark.core.training.StoppedException;
import io.ebmspark.spark.record.Outcome;
import io.ebmspark.spark.record.RunRecord;
import io.ebmspark.spark.run.Job;
import io.ebmspark.spark.run.RecordFiles;
import io.ebmspark.spark.run.RunListener;
import io.ebmspark.spark.run.RunRecorder;
import io.ebmspark.spark.store.Location;
import io.ebmspark.spark.store.PathException;
import io.ebmspark.spark.store.StorageException;
import io.ebmspark.spark.track.TrackedRun;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * What every command that runs a job file shares: the file, its settings, and the record of the
 * run, which is written however the run ends.
 *
 * @param <J> the job
 */
abstract class JobCommand<J extends Record & Job> implements Callable<Integer> {
  @Parameters(
      arity = "0..1",
      paramLabel = "JOB_FILE",
      description = "the job file, YAML, on any Hadoop file system")
  @Nullable String file;

  @Option(
      names = "--set",
      paramLabel = "PATH=VALUE",
      description = "a setting that overrides the job file's; may be repeated")
  List<String> assignments = new ArrayList<>();

  @Option(
      names = "--json",
      description = "print the run's record as JSON to stdout, and everything else to stderr")
  boolean json;

  @Option(
      names = "--record",
      paramLabel = "FOLDER",
      description = "where run.json and report.html go; beside the output unless given")
  @Nullable String recordFolder;

  @Option(
      names = "--mlflow",
      paramLabel = "ADDRESS",
      description = "an MLflow tracking server that the run is shown on (docs/observability.md)")
  @Nullable String mlflow;

  @Option(
      names = "--experiment",
      paramLabel = "NAME",
      defaultValue = "ebm",
      description = "the experiment there; ${DEFAULT-VALUE} unless given")
  String experiment = "";

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it
  CommandSpec spec;

  private final Class<J> type;
  private final AtomicBoolean isRecorded = new AtomicBoolean();

  JobCommand(Class<J> type) {
    this.type = type;
  }

  /**
   * The outcome of a run.
   *
   * @param reason why, in one sentence
   */
  record Conclusion(Outcome outcome, String reason) {
    static Conclusion done(String reason) {
      return new Conclusion(Outcome.DONE, reason);
    }
  }

  /**
   * The job, as its file and the settings on the command line have it.
   *
   * @throws SettingsException if they are no job
   */
  J readJob() {
    return read(file, assignments);
  }

  final J read(@Nullable String path, List<String> settings) {
    return JobFiles.read(path, settings, type);
  }

  /** Does the job; its findings go to the recorder, and what the user sees to the printer. */
  abstract Conclusion run(J job, RunRecorder recorder, RunPrinter printer);

  /** Does some work in a Spark session, and shows how far its tasks have come. */
  final <T> T inSession(RunPrinter printer, Function<SparkSession, T> work) {
    return Sessions.use(
        spec.qualifiedName(),
        spark -> {
          try (TaskProgress progress = TaskProgress.of(spark.sparkContext(), printer::progress)) {
            return work.apply(spark);
          }
        });
  }

  /** Whether a record is written even when none was requested. */
  boolean leavesRecord() {
    return true;
  }

  @Override
  public Integer call() {
    PrintStream forPeople = json ? System.err : System.out;
    try (RunPrinter printer = new RunPrinter(forPeople)) {
      Optional<TrackedRun> tracked = tracked(printer);
      RunListener watching = tracked.map(run -> RunListener.all(run, printer)).orElse(printer);
      RunRecorder recorder = new RunRecorder(spec.name(), watching);
      try (Interruption interruption =
          Interruption.watch(
              stopped -> {
                keepFailure(stopped, recorder, tracked, printer);
                System.err.println("ebm: " + stopped.getMessage());
              })) {
        Conclusion conclusion;
        try {
          conclusion = conclude(recorder, tracked, printer);
        } catch (Throwable e) { // Spark throws what is checked in Java, and Scala declares nothing.
          Optional<StoppedException> stopped = interruption.explain(e);
          if (!interruption.isTooLate()) {
            keepFailure(stopped.isPresent() ? stopped.get() : e, recorder, tracked, printer);
          }
          if (stopped.isPresent()) {
            throw stopped.get();
          }
          throw e;
        }
        int code = conclusion.outcome().exitCode();
        RunRecord record = recorder.toRecord(conclusion.outcome(), code, conclusion.reason());
        keep(record, tracked, printer);
        return code;
      }
    }
  }

  private Conclusion conclude(
      RunRecorder recorder, Optional<TrackedRun> tracked, RunPrinter printer) {
    if (recordFolder != null) {
      checkPath(recordFolder);
    }
    J job = readJob();
    recorder.onFinding(account -> account.settings(SettingsWriter.toYaml(job.withoutSecrets())));
    tracked.ifPresent(run -> run.begin(recorder.id(), job.withoutSecrets()));
    if (recordFolder == null && leavesRecord()) {
      recordFolder = job.recordFolder(recorder.id(), Sessions.hadoop());
    }
    return run(job, recorder, printer);
  }

  /** What is no path is told before the job, which may take a night. */
  private static void checkPath(String folder) {
    try {
      Location.of(folder, Sessions.hadoop());
    } catch (StorageException away) {
      // It may be back by the end of the run.
    }
  }

  /** The run on the tracking server, if one is named and the run leaves a record. */
  private Optional<TrackedRun> tracked(RunPrinter printer) {
    return Optional.ofNullable(mlflow)
        .filter(address -> leavesRecord())
        .map(address -> new TrackedRun(address, experiment, spec.name(), printer::line));
  }

  private void keepFailure(
      Throwable reason, RunRecorder recorder, Optional<TrackedRun> tracked, RunPrinter printer) {
    int code = ExitCode.of(reason).code();
    RunRecord record = recorder.toRecord(Outcome.FAILED, code, ExitCode.message(reason));
    try {
      keep(record, tracked, printer);
    } catch (PathException nowhere) {
      // The path is what the run failed on, and its message says so.
    }
  }

  /**
   * Writes the record. Where that cannot be, the exit code stays: it tells of the run, and a run
   * that is done must not be done again for its record. Of a run that a signal stops there may be a
   * second, since the first waits for a tracking server; it is not written.
   */
  private void keep(RunRecord record, Optional<TrackedRun> tracked, RunPrinter printer) {
    if (isRecorded.getAndSet(true)) {
      return;
    }
    String folder = recordFolder;
    if (json) {
      System.out.println(SettingsWriter.toJson(record));
    }
    if (folder != null) {
      try {
        RecordFiles.write(Location.of(folder, Sessions.hadoop()), record, () -> {});
      } catch (StorageException away) {
        printer.line(String.valueOf(away.getMessage()));
      }
    }
    tracked.ifPresent(run -> run.finish(record, Optional.ofNullable(folder)));
  }
}
