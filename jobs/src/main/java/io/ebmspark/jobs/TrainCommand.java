package io.ebmspark.jobs;

import io.ebmspark.spark.run.RunRecorder;
import io.ebmspark.spark.run.TrainJob;
import io.ebmspark.spark.run.TrainingRun;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code ebm train}: from a table to a model folder. */
@Command(
    name = "train",
    description = "Trains an energy on a table and writes a model folder.",
    mixinStandardHelpOptions = true,
    footer = {
      "%nExamples:",
      "  ebm train examples/breast-cancer.yaml",
      "  ebm train job.yaml --set training.steps=100 --set output.model=/tmp/try",
      "  ebm train job.yaml --dry-run"
    })
final class TrainCommand extends JobCommand<TrainJob> {
  @Option(
      names = "--dry-run",
      description = "check everything, run a few steps, estimate time and memory, write nothing")
  boolean dryRun;

  TrainCommand() {
    super(TrainJob.class);
  }

  @Override
  boolean leavesRecord() {
    return !dryRun;
  }

  @Override
  Conclusion run(TrainJob job, RunRecorder recorder, RunPrinter printer) {
    return inSession(printer, spark -> train(new TrainingRun(spark, job, recorder), job, printer));
  }

  private Conclusion train(TrainingRun run, TrainJob job, RunPrinter printer) {
    if (dryRun) {
      run.estimate().lines().forEach(printer::line);
      printer.line("all is well; nothing was written");
      return Conclusion.done("it would run; nothing was written");
    }
    try (Termination termination = Termination.watch(printer::line)) {
      run.train(termination::isAsked);
    }
    printer.wrote(job.output().model());
    return Conclusion.done("trained " + job.output().model());
  }
}
