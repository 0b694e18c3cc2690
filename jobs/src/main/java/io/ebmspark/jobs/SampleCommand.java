package io.ebmspark.jobs;

import io.ebmspark.spark.run.SampleJob;
import io.ebmspark.spark.run.SamplingRun;
import io.ebmspark.spark.sample.ChainDiagnostics;
import java.util.Locale;
import java.util.stream.Collectors;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Command;

/** {@code ebm sample}: rows drawn from a model, in the table's columns and units. */
@Command(
    name = "sample",
    description = "Draws rows from a model and writes them as a table.",
    mixinStandardHelpOptions = true,
    footer = {
      "%nExamples:",
      "  ebm sample --set model=models/m --set rows=10000 --set output.path=drawn",
      "  ebm sample job.yaml --set seed=2"
    })
final class SampleCommand extends JobCommand {
  @Override
  public void run() {
    SampleJob job = job(SampleJob.class);
    Sessions.use("ebm sample", spark -> draw(spark, job));
  }

  private void draw(SparkSession spark, SampleJob job) {
    try (RunPrinter printer = RunPrinter.of(out)) {
      report(new SamplingRun(spark, job, printer).draw());
      printer.wrote(job.output().path());
    }
  }

  private void report(ChainDiagnostics chains) {
    out.printf(
        Locale.ROOT,
        "%d chains; mean energy by tenth of their steps: %s; in the end %.4g ± %.4g; R-hat of"
            + " their second half %.3f, worth %.1f independent draws a chain%n",
        chains.chains(),
        chains.meanEnergy().stream()
            .map(energy -> String.format(Locale.ROOT, "%.4g", energy))
            .collect(Collectors.joining(" ")),
        chains.meanEnergy().get(chains.meanEnergy().size() - 1),
        chains.energyDeviation(),
        chains.rHat(),
        chains.drawsPerChain());
    chains
        .acceptance()
        .ifPresent(
            share -> out.printf(Locale.ROOT, "the sampler accepted %.3f of its steps%n", share));
    if (!chains.hasSettled()) {
      out.println(
          "the chains' mean energy still moves: the rows are not yet draws from the model; raise"
              + " sampling.steps or the step size");
    }
  }
}
