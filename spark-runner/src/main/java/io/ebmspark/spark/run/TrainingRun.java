package io.ebmspark.spark.run;

import io.ebmspark.core.energy.Energy;
import io.ebmspark.core.settings.BadSettingException;
import io.ebmspark.core.settings.SettingsException;
import io.ebmspark.core.training.TrainingSettings;
import io.ebmspark.core.training.TrainingState;
import io.ebmspark.spark.Phases;
import io.ebmspark.spark.Preflight;
import io.ebmspark.spark.data.read.KnownColumns;
import io.ebmspark.spark.data.read.ListedFiles;
import io.ebmspark.spark.data.read.TableReader;
import io.ebmspark.spark.data.shards.ShardRule;
import io.ebmspark.spark.data.shards.ShardedTable;
import io.ebmspark.spark.data.shards.Units;
import io.ebmspark.spark.exchange.InitialWeights;
import io.ebmspark.spark.model.Model;
import io.ebmspark.spark.model.ModelException;
import io.ebmspark.spark.model.ModelFolder;
import io.ebmspark.spark.model.Start;
import io.ebmspark.spark.profile.DataProfile;
import io.ebmspark.spark.profile.TableScan;
import io.ebmspark.spark.store.RunLock;
import io.ebmspark.spark.train.SparkTrainer;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkContext;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * One training run, from rows to a model folder: it takes a lock on the output, writes checkpoints
 * and metrics, and evaluates the held-out rows. Restarted after an interruption, it continues where
 * it was and ends in the same bits.
 */
public final class TrainingRun {
  private static final int PROBE_STEPS = 3;

  private final SparkSession spark;
  private final SparkContext context;
  private final Configuration hadoop;
  private final TrainJob job;

  /** The table, given what the model that training starts from knows of its columns. */
  private final Function<KnownColumns, Dataset<Row>> rows;

  private final Optional<Supplier<DataProfile>> profile;
  private final RunListener listener;
  private final Phases phases;
  private final ModelFolder folder;
  private final Optional<Warm> warm;

  /**
   * A warm start.
   *
   * @param model whose weights training starts from
   * @param training how such a run trains, given how one with fresh weights would
   */
  private record Warm(Start model, UnaryOperator<TrainingSettings> training) {}

  private TrainingRun(
      SparkSession spark,
      TrainJob job,
      Function<KnownColumns, Dataset<Row>> rows,
      Optional<Supplier<DataProfile>> profile,
      RunListener listener,
      Optional<Warm> warm) {
    this.spark = spark;
    this.context = spark.sparkContext();
    this.hadoop = context.hadoopConfiguration();
    this.job = job;
    this.rows = rows;
    this.profile = profile;
    this.listener = listener;
    this.phases = new Phases(listener);
    this.folder = new ModelFolder(job.output().model(), hadoop);
    this.warm = warm;
  }

  /** A run on the table that the job names. */
  public TrainingRun(SparkSession spark, TrainJob job, RunListener listener) {
    this(
        spark,
        job,
        known -> TableReader.read(spark, job.data().source(), known),
        Optional.empty(),
        listener,
        Optional.empty());
  }

  /**
   * A run on a given dataset.
   *
   * @param job whose {@code data.source} only names the rows, in messages and in the model, and is
   *     not read
   */
  public static TrainingRun on(Dataset<Row> rows, TrainJob job, RunListener listener) {
    return new TrainingRun(
        rows.sparkSession(), job, known -> rows, Optional.empty(), listener, Optional.empty());
  }

  /** The same run, but starting from a trained model's weights, on rows in its units. */
  public TrainingRun startingFrom(Start model) {
    return startingFrom(model, UnaryOperator.identity());
  }

  /**
   * The same.
   *
   * @param warmed how such a run trains, given how one with fresh weights would
   */
  TrainingRun startingFrom(Start model, UnaryOperator<TrainingSettings> warmed) {
    return new TrainingRun(
        spark, job, rows, profile, listener, Optional.of(new Warm(model, warmed)));
  }

  /**
   * The same run, which stores this profile with its model, for rows of which some were already
   * left out.
   */
  public TrainingRun withProfile(Supplier<DataProfile> known) {
    return new TrainingRun(spark, job, rows, Optional.of(known), listener, warm);
  }

  /**
   * Trains the model and moves it into place.
   *
   * @param stop asked between steps; true ends the run there, at a checkpoint
   * @throws io.ebmspark.core.failure.EbmException for anything a user can fix; the old output is
   *     then unchanged
   */
  public Model train(BooleanSupplier stop) {
    check();
    Dataset<Row> source = source();
    try (RunLock lock = RunLock.take(folder.path(), hadoop, listener::onNotice);
        ShardedTable table = load(source)) {
      Model model = train(source, table, lock, stop);
      ModelFindings.of(table, model, new float[0], 0).tell(listener);
      return model;
    }
  }

  /** Loads the rows, in the units of the model that training starts from. */
  ShardedTable load() {
    return load(source());
  }

  /** Trains on rows that {@link #load} has loaded. */
  Model train(ShardedTable table, BooleanSupplier stop) {
    try (RunLock lock = RunLock.take(folder.path(), hadoop, listener::onNotice)) {
      return train(source(), table, lock, stop);
    }
  }

  /** Checks everything, takes a few steps, and writes nothing. */
  public Estimate estimate() {
    check();
    try (ShardedTable table = load(source())) {
      Recipe recipe = recipe(table);
      recipe.choices().forEach(listener::onNotice);
      double[] seconds = new double[PROBE_STEPS];
      SparkTrainer.train(
          table,
          recipe.energy(),
          recipe.training().withSteps(PROBE_STEPS).withoutValidation(),
          metrics -> seconds[(int) metrics.step()] = metrics.seconds());
      return new Estimate(
          SparkTrainer.needs(table, recipe.energy(), recipe.training()),
          Arrays.stream(seconds).min().orElse(0));
    }
  }

  /** Checks everything that can be checked before a row is read. */
  void check() {
    Preflight.check(context, listener::onNotice);
    TrainingSettings provisional = job.training().provisional();
    start()
        .ifPresent(
            model ->
                model.state(job.data(), energy().orElseThrow(), provisional)); // refuses a misfit
    checkInitialWeights();
    for (String path : job.data().source().path()) {
      folder.refuseToOverwrite(path, "data.source.path", hadoop);
    }
    OutputTable.settle(job.data().source().path(), hadoop, listener::onNotice);
    folder.checkWritable(job.output().overwrite());
    try {
      job.sampling().samplerAt(provisional.objective().temperature(), false);
      energy()
          .ifPresent(named -> job.sampling().sampler().ifPresent(chosen -> chosen.check(named)));
    } catch (BadSettingException e) {
      throw new SettingsException(String.valueOf(e.getMessage()), e);
    }
  }

  private void checkInitialWeights() {
    job.initialWeights()
        .ifPresent(
            file -> {
              if (warm.isPresent()) {
                throw new ModelException(
                    "initialWeights is set, and training starts from a model; leave one of them"
                        + " out");
              }
              new InitialWeights(file, hadoop).check();
              folder.refuseToOverwrite(file, "initialWeights", hadoop);
            });
  }

  /** The model whose weights training starts from; empty for fresh ones. */
  private Optional<Start> start() {
    return warm.map(Warm::model);
  }

  /** The energy the job names, or that of the model it starts from. */
  private Optional<Energy> energy() {
    return job.energy().or(() -> start().map(model -> model.model().config().energy()));
  }

  private Recipe recipe(ShardedTable table) {
    Recipe.Table facts =
        new Recipe.Table(
            table.rows(),
            table.shape(),
            table.shardCount(),
            table.units().levels(table.features().types()));
    return Recipe.of(energy(), job.training(), facts)
        .trainedAs(warm.map(Warm::training).orElse(UnaryOperator.identity()));
  }

  /** The state before the first step; empty for fresh weights. */
  private Optional<TrainingState> begin(ShardedTable table) {
    Recipe recipe = recipe(table);
    return job.initialWeights()
        .map(file -> new InitialWeights(file, hadoop).read(recipe.energy(), table.shape()))
        .map(weights -> TrainingState.initial(weights, recipe.training().optimizer()))
        .or(
            () ->
                start().map(model -> model.state(job.data(), recipe.energy(), recipe.training())));
  }

  private Dataset<Row> source() {
    return rows.apply(knownColumns());
  }

  private KnownColumns knownColumns() {
    return start()
        .map(from -> from.model().config().features().knownColumns())
        .orElse(KnownColumns.NONE);
  }

  private ShardedTable load(Dataset<Row> source) {
    Optional<Units> units = start().map(Start::units);
    Phases timed = new Phases(listener);
    TrainingSettings training = job.training().provisional();
    ShardRule rule =
        job.training().says("shards") ? ShardRule.of(training.shards()) : ShardRule.FROM_TABLE;
    // Instants are to be what they were to the model that training starts from.
    ShardedTable table =
        knownColumns()
            .inZone(
                spark,
                () ->
                    ShardedTable.of(source, job.data(), rule, training.validation(), units, timed));
    try {
      listener.onTable(table);
      table.notices().forEach(listener::onNotice);
      checkFits(table);
      return table;
    } catch (Throwable e) {
      table.close();
      throw e;
    }
  }

  /** Says what does not fit the rows, before a profile is made of them, which takes a while. */
  private void checkFits(ShardedTable table) {
    try {
      Recipe recipe = recipe(table);
      recipe.energy().parameters(table.shape());
      SparkTrainer.checkLimits(table, recipe.energy(), recipe.training());
      if (job.initialWeights().isPresent()) {
        begin(table);
      }
    } catch (IllegalArgumentException e) {
      throw new SettingsException("energy: " + e.getMessage(), e);
    }
  }

  private Model train(Dataset<Row> source, ShardedTable table, RunLock lock, BooleanSupplier stop) {
    DataProfile seen =
        phases.time(
            "profile",
            () ->
                profile
                    .map(Supplier::get)
                    .orElseGet(() -> TableScan.of(source, table, job.data().source()).profile()));
    ListedFiles.refuseChanged(source, job.data().source());
    Recipe recipe = recipe(table);
    recipe.choices().forEach(listener::onNotice);
    listener.onTraining(recipe.training());
    return new ModelTraining(job, recipe, table, begin(table), folder, listener)
        .train(seen, lock::check, stop);
  }
}
