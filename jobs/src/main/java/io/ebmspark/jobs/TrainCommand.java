package io.ebmspark.jobs;

import io.ebmspark.spark.run.TrainJob;
import io.ebmspark.spark.run.TrainingRun;
import org.apache.spark.sql.SparkSession;
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
final class TrainCommand extends JobCommand {
  @Option(
      names = "--dry-run",
      description = "check everything, run a few steps, estimate time and memory, write nothing")
  boolean dryRun;

  @Override
  public void run() {
    TrainJob job = job(TrainJob.class);
    Sessions.use("ebm train", spark -> train(spark, job));
  }

  private void train(SparkSession spark, TrainJob job) {
    try (RunPrinter printer = RunPrinter.ofTraining(out, job.training().steps())) {
      TrainingRun run = new TrainingRun(spark, job, printer);
      if (dryRun) {
        run.estimate().lines().forEach(out::println);
        out.println("all is well; nothing was written");
        return;
      }
      try (Termination termination = Termination.watch(out::println)) {
        run.train(termination::isAsked);
      }
      printer.wrote(job.output().model());
    }
  }
}
