package io.ebmspark.jobs;

import io.ebmspark.spark.run.RunRecorder;
import io.ebmspark.spark.run.SampleJob;
import io.ebmspark.spark.run.SamplingRun;
import io.ebmspark.spark.sample.ChainDiagnostics;
import java.util.Locale;
import java.util.stream.Collectors;
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
final class SampleCommand extends JobCommand<SampleJob> {
  SampleCommand() {
    super(SampleJob.class);
  }

  @Override
  Conclusion run(SampleJob job, RunRecorder recorder, RunPrinter printer) {
    ChainDiagnostics chains =
        inSession(printer, spark -> new SamplingRun(spark, job, recorder).draw());
    report(chains, printer);
    printer.wrote(job.output().path());
    return Conclusion.done(job.rows() + " rows drawn");
  }

  private static void report(ChainDiagnostics chains, RunPrinter printer) {
    printer.format(
        "%d chains; their mean energy by tenth of their steps: %s; at the end %.4g ± %.4g, before they"
            + " are made rows of the table%s",
        chains.chains(),
        chains.meanEnergy().stream()
            .map(energy -> String.format(Locale.ROOT, "%.4g", energy))
            .collect(Collectors.joining(" ")),
        chains.meanEnergy().get(chains.meanEnergy().size() - 1),
        chains.energyDeviation(),
        chains
            .mixing()
            .filter(mixing -> Double.isFinite(mixing.rHat())) // a few steps do not tell
            .map(
                mixing ->
                    String.format(
                        Locale.ROOT,
                        "; R-hat of their second half %.3f, worth %.1f independent draws per chain",
                        mixing.rHat(),
                        mixing.drawsPerChain()))
            .orElse(""));
    chains
        .acceptance()
        .ifPresent(share -> printer.format("the sampler accepted %.3f of its steps", share));
    if (!chains.hasSettled()) {
      printer.line(
          "the chains' mean energy is still moving: the rows are not yet draws from the model;"
              + " raise sampling.steps or the step size");
    }
  }
}
