package io.ebmspark.jobs;

import io.ebmspark.core.sampler.Sampler;
import io.ebmspark.spark.model.Model;
import io.ebmspark.spark.model.ModelFolder;
import io.ebmspark.spark.sample.ChainDiagnostics;
import io.ebmspark.spark.sample.SamplingSettings;
import io.ebmspark.spark.sample.TableSampler;
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
final class SampleCommand extends JobCommand {
  @Override
  public void run() {
    SampleJob job = job(SampleJob.class);
    long started = System.nanoTime();
    Sessions.use(
        "ebm sample",
        spark -> {
          Model model =
              new ModelFolder(job.model(), spark.sparkContext().hadoopConfiguration()).read();
          Tables.checkWritable(spark, job.output());
          SamplingSettings settings = job.sampling().orElse(model.config().sampling());
          Sampler sampler =
              settings.samplerAt(model.config().temperature(), job.forceTemperature());
          TableSampler.Samples samples =
              TableSampler.draw(spark, model, settings, sampler, job.rows(), job.seed());
          report(samples.diagnostics());
          Tables.write(samples.rows(), job.output());
          out.printf(
              Locale.ROOT,
              "wrote %d rows to %s after %.1f s%n",
              job.rows(),
              job.output().path(),
              (System.nanoTime() - started) * 1e-9);
        });
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
