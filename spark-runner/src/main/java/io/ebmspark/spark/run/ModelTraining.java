package io.ebmspark.spark.run;

import io.ebmspark.core.energy.Energy;
import io.ebmspark.core.engine.NativeEngine;
import io.ebmspark.core.explain.Baselines;
import io.ebmspark.core.settings.SettingsWriter;
import io.ebmspark.core.training.BestStep;
import io.ebmspark.core.training.DivergedException;
import io.ebmspark.core.training.LossComparison;
import io.ebmspark.core.training.TrainingState;
import io.ebmspark.spark.Phases;
import io.ebmspark.spark.checkpoint.CheckpointFolder;
import io.ebmspark.spark.checkpoint.RunIdentity;
import io.ebmspark.spark.data.shards.ShardedTable;
import io.ebmspark.spark.model.FeatureSettings;
import io.ebmspark.spark.model.HeldOutRows;
import io.ebmspark.spark.model.Model;
import io.ebmspark.spark.model.ModelConfig;
import io.ebmspark.spark.model.ModelDraft;
import io.ebmspark.spark.model.ModelFolder;
import io.ebmspark.spark.model.Provenance;
import io.ebmspark.spark.profile.DataProfile;
import io.ebmspark.spark.store.Patience;
import io.ebmspark.spark.train.ReferenceEnergies;
import io.ebmspark.spark.train.SampledRows;
import io.ebmspark.spark.train.SparkTrainer;
import io.ebmspark.spark.train.UsualRows;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;

/**
 * The part of a training run after its rows are loaded: the steps, with checkpoints and metrics,
 * then what a model holds besides its weights, and the model folder.
 */
final class ModelTraining {
  private final TrainJob job;
  private final Recipe recipe;
  private final ShardedTable table;
  private final Optional<TrainingState> begun;
  private final ModelFolder folder;
  private final RunListener listener;
  private final Phases phases;

  /**
   * Training that has not begun.
   *
   * @param begun the state before the first step; empty for fresh weights
   * @param folder where the model goes
   */
  ModelTraining(
      TrainJob job,
      Recipe recipe,
      ShardedTable table,
      Optional<TrainingState> begun,
      ModelFolder folder,
      RunListener listener) {
    this.job = job;
    this.recipe = recipe;
    this.table = table;
    this.begun = begun;
    this.folder = folder;
    this.listener = listener;
    this.phases = new Phases(listener);
  }

  /**
   * Trains the model and moves it into place.
   *
   * @param seen the profile of the rows, stored with the model
   * @param guard called before anything is written; throws if nothing may be written any longer
   * @param stop asked between steps; true ends the run there, at a checkpoint
   */
  Model train(DataProfile seen, Runnable guard, BooleanSupplier stop) {
    Duration patience = Duration.ofSeconds(job.output().patience());
    CheckpointFolder checkpoints = checkpoints(patience, guard);
    checkpoints.open(job.output().resume());
    boolean goesOn = checkpoints.latest().isPresent();
    Model model;
    try (ModelDraft draft =
        folder.draft(goesOn, new Patience(patience, listener::onNotice), guard)) {
      RunLog log = new RunLog(draft);
      TrainingState state = steps(draft, log, checkpoints, stop);
      model = model(state, draft, log.best());
      phases.time(
          "write",
          () ->
              draft.finish(
                  model,
                  Optional.of(state),
                  SettingsWriter.toYaml(job.with(recipe).withoutSecrets()),
                  Optional.of(seen)));
    }
    checkpoints.clear();
    return model;
  }

  private CheckpointFolder checkpoints(Duration patience, Runnable guard) {
    return new CheckpointFolder(
        folder.path() + ".checkpoints",
        table.shards().context().hadoopConfiguration(),
        RunIdentity.of(table, recipe.energy(), recipe.training(), begun),
        job.output().checkpoints(),
        patience,
        guard,
        listener::onNotice);
  }

  private TrainingState steps(
      ModelDraft draft, RunLog log, CheckpointFolder checkpoints, BooleanSupplier stop) {
    try (TrainingGauges gauges = new TrainingGauges()) {
      RunListener watched = RunListener.all(log, gauges, listener);
      return phases.time(
          "train",
          () ->
              SparkTrainer.train(
                  table,
                  recipe.energy(),
                  recipe.training(),
                  begun,
                  watched,
                  log.withMetrics(checkpoints),
                  stop));
    } catch (DivergedException e) {
      listener.onNotice("the metrics up to then are in " + draft.metricsPath());
      throw e;
    }
  }

  /** The model of a final state, with what later runs compare its energies with. */
  private Model model(TrainingState state, ModelDraft draft, Optional<BestStep> best) {
    Energy energy = recipe.energy();
    SampledRows sample = SampledRows.of(table);
    Optional<LossComparison> comparison =
        phases.time("compare", () -> sample.compare(energy, recipe.training(), state));
    comparison.ifPresent(listener::onComparison);
    float[] trained =
        phases.time("settle", () -> SampledRows.settled(table, energy, state.average()));
    ReferenceEnergies energies =
        phases.time(
            "percentiles", () -> ReferenceEnergies.of(table, energy, trained, state.step()));
    Baselines baselines = phases.time("baselines", () -> UsualRows.of(table, energy, trained));
    Provenance provenance = provenance(state, draft, comparison, best);
    return new Model(
        config(provenance, energies), trained, energies.calibration(), Optional.of(baselines));
  }

  private Provenance provenance(
      TrainingState state,
      ModelDraft draft,
      Optional<LossComparison> comparison,
      Optional<BestStep> best) {
    Map<String, String> versions = new TreeMap<>(Versions.all());
    versions.put("pytorch", NativeEngine.version());
    return new Provenance(
        Instant.now().truncatedTo(ChronoUnit.SECONDS).toString(),
        versions,
        table.rows(),
        table.fingerprint(),
        state.step(),
        RunLog.lateLoss(draft.metrics(), state.step()),
        comparison,
        best);
  }

  private ModelConfig config(Provenance provenance, ReferenceEnergies energies) {
    return new ModelConfig(
        ModelConfig.FORMAT,
        recipe.energy(),
        Arrays.stream(table.shape()).boxed().toList(),
        FeatureSettings.of(table, job.data().missing()),
        recipe.training().objective().temperature(),
        recipe.training(),
        job.sampling(),
        job.data().withoutSecrets(),
        provenance,
        energies.percentiles(),
        "",
        energies.calibration().map(c -> new HeldOutRows(c.rows(), table.heldOutShare(), "")),
        Optional.empty());
  }
}
