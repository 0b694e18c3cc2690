package io.ebmspark.jobs;

import io.ebmspark.core.settings.BadSettingException;
import io.ebmspark.core.settings.SettingsException;
import io.ebmspark.core.settings.SettingsWriter;
import io.ebmspark.core.training.DivergedException;
import io.ebmspark.core.training.TrainingSettings;
import io.ebmspark.core.training.TrainingState;
import io.ebmspark.spark.checkpoint.CheckpointFolder;
import io.ebmspark.spark.checkpoint.RunIdentity;
import io.ebmspark.spark.data.ShardedTable;
import io.ebmspark.spark.model.FeatureSettings;
import io.ebmspark.spark.model.Model;
import io.ebmspark.spark.model.ModelConfig;
import io.ebmspark.spark.model.ModelFolder;
import io.ebmspark.spark.model.Provenance;
import io.ebmspark.spark.store.RunLock;
import io.ebmspark.spark.train.SparkTrainer;
import io.ebmspark.spark.train.TrainingEnergies;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
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
      description = "check everything, run one step, estimate time and memory, write nothing")
  boolean dryRun;

  @Override
  public void run() {
    TrainJob job = job(TrainJob.class);
    long started = System.nanoTime();
    Sessions.use(
        "ebm train",
        spark -> {
          ModelFolder folder =
              new ModelFolder(job.output().model(), spark.sparkContext().hadoopConfiguration());
          folder.checkWritable(job.output().overwrite());
          checkTemperature(job);
          if (dryRun) {
            try (ShardedTable table = load(job, spark)) {
              estimate(job, table);
            }
            return;
          }
          try (Termination termination = Termination.watch(this::notice);
              RunLock lock =
                  RunLock.take(
                      folder.path(), spark.sparkContext().hadoopConfiguration(), this::notice);
              ShardedTable table = load(job, spark)) {
            train(job, table, folder, spark, lock, termination);
          }
          out.printf(
              Locale.ROOT,
              "wrote %s after %.1f s%n",
              folder.path(),
              (System.nanoTime() - started) * 1e-9);
        });
  }

  private ShardedTable load(TrainJob job, SparkSession spark) {
    ShardedTable table = ShardedTable.load(spark, job.data(), job.training().shards());
    describe(table);
    checkShape(job, table);
    return table;
  }

  private void notice(String text) {
    out.println(text);
  }

  private static void checkTemperature(TrainJob job) {
    try {
      job.sampling().samplerAt(job.training().objective().temperature(), false);
    } catch (BadSettingException e) {
      throw new SettingsException(String.valueOf(e.getMessage()), e);
    }
  }

  /** Asks the energy before Spark is asked for anything more. */
  private static void checkShape(TrainJob job, ShardedTable table) {
    try {
      job.energy().parameters(table.shape());
    } catch (IllegalArgumentException e) {
      throw new SettingsException("energy: " + e.getMessage(), e);
    }
  }

  private void describe(ShardedTable table) {
    out.printf(
        Locale.ROOT,
        "%d rows of %d features in %d shards%s%s%n",
        table.rows(),
        table.features().width(),
        table.shards().getNumPartitions(),
        table.rowsDropped() > 0 ? ", " + table.rowsDropped() + " incomplete rows dropped" : "",
        table.valuesImputed() > 0 ? ", " + table.valuesImputed() + " missing values filled" : "");
  }

  private void estimate(TrainJob job, ShardedTable table) {
    int probe = 3;
    double[] seconds = new double[probe];
    SparkTrainer.train(
        table,
        job.energy(),
        job.training().withSteps(probe),
        metrics -> seconds[(int) metrics.step()] = metrics.seconds());
    long parameters = job.energy().parameters(table.shape()).size();
    double stepSeconds = Arrays.stream(seconds).min().orElse(0);
    Estimate estimate =
        new Estimate(job.training(), table.rows(), table.features().width(), parameters);
    out.printf(Locale.ROOT, "%d parameters%n", parameters);
    out.printf(
        Locale.ROOT,
        "one step took %.3g s; %d steps will take about %s%n",
        stepSeconds,
        job.training().steps(),
        Estimate.duration(stepSeconds * job.training().steps()));
    estimate.lines().forEach(out::println);
    out.println("all is well; nothing was written");
  }

  private void train(
      TrainJob job,
      ShardedTable table,
      ModelFolder folder,
      SparkSession spark,
      RunLock lock,
      Termination termination) {
    TrainingSettings settings = job.training();
    CheckpointFolder checkpoints =
        new CheckpointFolder(
            folder.path() + ".checkpoints",
            spark.sparkContext().hadoopConfiguration(),
            RunIdentity.of(table, job.energy(), settings),
            job.output().checkpoints(),
            Duration.ofSeconds(job.output().patience()),
            lock::check,
            this::notice);
    checkpoints.open(job.output().resume());
    boolean goesOn = checkpoints.latest().isPresent();
    try (ModelFolder.Draft draft = folder.draft(goesOn);
        StepPrinter printer = new StepPrinter(out, settings.steps(), System.console() != null)) {
      RunLog log = new RunLog(draft, printer);
      TrainingState state;
      try {
        state =
            SparkTrainer.train(
                table,
                job.energy(),
                settings,
                log,
                log.withMetrics(checkpoints),
                termination::isAsked);
      } catch (DivergedException e) {
        out.println("the metrics up to there are in " + draft.metricsPath());
        throw e;
      }
      lock.check();
      double loss = RunLog.lateLoss(draft.metrics(), settings.steps());
      ModelConfig config = config(job, table, state, loss, spark.version());
      draft.finish(new Model(config, state.average()), SettingsWriter.toYaml(job.withoutSecrets()));
    }
    checkpoints.clear();
  }

  private static ModelConfig config(
      TrainJob job, ShardedTable table, TrainingState state, double loss, String sparkVersion) {
    List<Double> offset = boxed(table.scaling().offset());
    List<Double> scale = boxed(table.scaling().scale());
    FeatureSettings features =
        new FeatureSettings(
            table.features().columns(),
            table.features().isArray(),
            job.data().missing(),
            boxed(table.means()),
            offset,
            scale);
    Map<String, String> versions = new TreeMap<>();
    versions.put("ebm-on-spark", version());
    versions.put("java", System.getProperty("java.version"));
    versions.put("spark", sparkVersion);
    versions.put("pytorch", ai.djl.engine.Engine.getEngine("PyTorch").getVersion());
    Provenance provenance =
        new Provenance(
            Instant.now().truncatedTo(ChronoUnit.SECONDS).toString(),
            versions,
            table.rows(),
            table.fingerprint(),
            state.step(),
            loss);
    return new ModelConfig(
        ModelConfig.FORMAT,
        job.energy(),
        Arrays.stream(table.shape()).boxed().toList(),
        features,
        job.training().objective().temperature(),
        job.training(),
        job.sampling(),
        job.data().withoutSecrets(),
        provenance,
        TrainingEnergies.of(table, job.energy(), state.average(), state.step()),
        "");
  }

  static String version() {
    String version = TrainCommand.class.getPackage().getImplementationVersion();
    return version == null ? "development" : version;
  }

  private static List<Double> boxed(double[] values) {
    return IntStream.range(0, values.length).mapToObj(i -> values[i]).toList();
  }
}
