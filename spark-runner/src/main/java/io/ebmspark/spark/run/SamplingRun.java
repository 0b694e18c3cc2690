package io.ebmspark.spark.run;

import io.ebmspark.core.sampler.Sampler;
import io.ebmspark.spark.Phases;
import io.ebmspark.spark.Preflight;
import io.ebmspark.spark.model.Model;
import io.ebmspark.spark.model.ModelFolder;
import io.ebmspark.spark.model.SamplingSettings;
import io.ebmspark.spark.sample.ChainDiagnostics;
import io.ebmspark.spark.sample.TableSampler;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.SparkSession;

/** One sampling run: from a model to a table of rows drawn from it. */
public final class SamplingRun {
  private final SparkSession spark;
  private final SampleJob job;
  private final RunListener listener;
  private final Phases phases;

  public SamplingRun(SparkSession spark, SampleJob job, RunListener listener) {
    this.spark = spark;
    this.job = job;
    this.listener = listener;
    this.phases = new Phases(listener);
  }

  /**
   * Draws the rows and moves the table into place.
   *
   * @return how the chains behaved
   */
  public ChainDiagnostics draw() {
    Preflight.check(spark.sparkContext(), listener::onNotice);
    ModelFolder folder =
        ModelLookup.find(
            job.model(), job.registry(), spark.sparkContext().hadoopConfiguration(), listener);
    Model model = folder.read();
    SamplingSettings settings = job.sampling().orElse(model.config().sampling());
    Sampler sampler =
        settings.samplerFor(
            model.config().energy(), model.config().temperature(), job.forceTemperature());
    try (OutputTable table =
        OutputTable.open(
            spark, job.output(), Map.of("model", List.of(folder.path())), listener::onNotice)) {
      table.check(TableSampler.schema(model.config().features(), job.energyColumn()));
      try (TableSampler.Samples samples =
          phases.time(
              "draw",
              () -> TableSampler.draw(spark, model, settings, sampler, job.rows(), job.seed()))) {
        phases.time("write", () -> table.write(samples.rows(job.energyColumn(), job.clip())));
        return samples.diagnostics();
      }
    }
  }
}
