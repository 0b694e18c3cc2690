package io.ebmspark.jobs;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** What every command that runs a job file shares. */
abstract class JobCommand implements Runnable {
  @Parameters(
      arity = "0..1",
      paramLabel = "JOB_FILE",
      description = "the job file, YAML, on any Hadoop file system")
  @Nullable String file;

  @Option(
      names = "--set",
      paramLabel = "PATH=VALUE",
      description = "a setting that goes before the job file's; may be repeated")
  List<String> assignments = new ArrayList<>();

  final PrintStream out = System.out;

  final <R extends Record> R job(Class<R> type) {
    return JobFiles.read(file, assignments, type);
  }
}
