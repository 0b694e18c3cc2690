package io.ebmspark.spark.run;

import io.ebmspark.core.data.Sha256;
import io.ebmspark.core.settings.SettingsWriter;
import io.ebmspark.spark.Phases;
import io.ebmspark.spark.checkpoint.CheckpointFolder;
import io.ebmspark.spark.data.SourceSettings;
import io.ebmspark.spark.data.read.ListedFiles;
import io.ebmspark.spark.data.shards.ShardedTable;
import io.ebmspark.spark.model.Model;
import io.ebmspark.spark.model.ModelException;
import io.ebmspark.spark.model.ModelFolder;
import io.ebmspark.spark.model.Start;
import io.ebmspark.spark.model.StartSettings;
import io.ebmspark.spark.record.Judgement;
import io.ebmspark.spark.record.Lineage;
import io.ebmspark.spark.record.Outcome;
import io.ebmspark.spark.record.RunRecord;
import io.ebmspark.spark.record.Status;
import io.ebmspark.spark.registry.Change;
import io.ebmspark.spark.registry.Draft;
import io.ebmspark.spark.registry.HistoryAction;
import io.ebmspark.spark.registry.HistoryEntry;
import io.ebmspark.spark.registry.RegisteredModel;
import io.ebmspark.spark.registry.Version;
import io.ebmspark.spark.run.RetrainingRun.Verdict;
import io.ebmspark.spark.store.Location;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.SparkSession;

/**
 * The part of a night after the rows passed their checks: training a candidate, judging it,
 * publishing its version.
 */
final class Night {
  private final SparkSession spark;
  private final Configuration hadoop;
  private final RetrainJob job;
  private final RegisteredModel registered;
  private final Draft draft;
  private final Optional<Incumbent> champion;
  private final Optional<String> force;
  private final RunRecorder recorder;
  private final Phases phases;

  Night(
      SparkSession spark,
      RetrainJob job,
      RegisteredModel registered,
      Draft draft,
      Optional<Incumbent> champion,
      Optional<String> force,
      RunRecorder recorder) {
    this.spark = spark;
    this.hadoop = spark.sparkContext().hadoopConfiguration();
    this.job = job;
    this.registered = registered;
    this.draft = draft;
    this.champion = champion;
    this.force = force;
    this.recorder = recorder;
    this.phases = new Phases(recorder);
  }

  /** Trains, judges and publishes a version, or finds that this was done before. */
  Verdict run(NightRows rows, BooleanSupplier stop) {
    TrainingRun training = training(rows);
    training.check();
    try (ShardedTable table = training.load()) {
      // Before what an earlier run left for these rows is removed, since they seem to be others.
      ListedFiles.refuseChanged(rows.kept(), job.data().source());
      Lineage lineage = lineage(table);
      recorder.onFinding(
          account -> {
            account.lineage(lineage);
            account.data(
                rows.checked()
                    .data()
                    .asLoaded(table.rows(), table.heldOutRows(), table.fingerprint()));
          });
      Optional<Version> same = registered.find(lineage);
      if (same.isPresent()) {
        return finished(same.get());
      }
      if (champion.isPresent() && isOfSameRows(champion.get().version(), lineage)) {
        return unchanged(champion.get().version(), "is the champion");
      }
      return make(training, table, lineage, stop);
    }
  }

  private TrainingRun training(NightRows rows) {
    Optional<Start> start =
        job.warmStart().weights() == StartSettings.Weights.FRESH
            ? Optional.empty()
            : champion.map(found -> found.start(job.warmStart()));
    OutputSettings output =
        new OutputSettings(
            draft.modelFolder(), true, CheckpointFolder.Resume.IF_SAME, 2, job.patience());
    TrainJob train = new TrainJob(job.data(), job.energy(), job.training(), job.sampling(), output);
    TrainingRun run =
        TrainingRun.on(rows.kept(), train, recorder)
            .withProfile(() -> rows.checked().profile().orElseThrow());
    return start.map(model -> run.startingFrom(model, job.warmStart()::training)).orElse(run);
  }

  // ---- has it been done? -----------------------------------------------------------------------

  private Lineage lineage(ShardedTable table) {
    return new Lineage(
        table.fingerprint(),
        settingsDigest(),
        job.training().provisional().seed(),
        champion.map(Incumbent::number),
        new TreeMap<>(Versions.all()),
        recorder.id());
  }

  /** A digest of everything but the rows that determines a version. */
  private String settingsDigest() {
    SourceSettings none =
        new SourceSettings(
            List.of("-"), Optional.empty(), "-", Map.of(), Optional.empty(), List.of());
    TrainJob train =
        new TrainJob(
            job.data().withSource(none),
            job.energy(),
            job.training(),
            job.sampling(),
            new OutputSettings("-", true, CheckpointFolder.Resume.IF_SAME, 2, 0));
    String text =
        SettingsWriter.toYaml(train)
            + SettingsWriter.toYaml(job.warmStart())
            + SettingsWriter.toYaml(job.evaluation())
            + SettingsWriter.toYaml(job.gates());
    return Sha256.hex(text.getBytes(StandardCharsets.UTF_8));
  }

  private static boolean isOfSameRows(Version version, Lineage lineage) {
    Lineage before = version.record().lineage();
    return before.fingerprint().equals(lineage.fingerprint())
        && before.settings().equals(lineage.settings());
  }

  private static Verdict unchanged(Version version, String what) {
    return new Verdict(
        Outcome.UNCHANGED,
        "version "
            + version.number()
            + " was trained on these rows with these settings, and "
            + what
            + "; there is nothing to do");
  }

  /**
   * A published version has a verdict, but its run may have died before recording it in the
   * history, or somebody has seen that it was refused, and forces it now. What was refused is
   * refused again: a scheduler that repeats a failed night must not come to think that it went
   * well.
   */
  private Verdict finished(Version version) {
    Optional<HistoryEntry> verdict = registered.verdict(version.number());
    boolean isRefused = verdict.filter(it -> it.action() == HistoryAction.REFUSE).isPresent();
    if (verdict.isPresent() && !isRefused) {
      return unchanged(version, "was promoted");
    }
    RunRecord before = RecordFiles.read(Location.of(version.folder(), hadoop));
    if (verdict.isEmpty()) {
      recorder.onNotice(
          "completing what run " + before.id() + " had decided on version " + version.number());
    }
    recorder.onFinding(
        account -> {
          account.candidateVersion(version.number());
          account.gates(before.gates());
          before.champion().ifPresent(account::champion);
          before.candidate().ifPresent(account::candidate);
        });
    if (isRefused && force.isEmpty()) {
      return new Verdict(
          Outcome.REFUSED_BY_GATE,
          before.reason()
              + "; rows, settings and champion are as they were, so nothing was trained");
    }
    return conclude(
        version,
        force.isPresent()
            ? verdict(version.number(), before.gates())
            : new Verdict(before.outcome(), before.reason()));
  }

  // ---- a new version ---------------------------------------------------------------------------

  private Verdict make(
      TrainingRun training, ShardedTable table, Lineage lineage, BooleanSupplier stop) {
    recorder.onFinding(account -> account.candidateVersion(draft.number()));
    boolean goesOn = draft.plan(lineage);
    Model candidate =
        (goesOn ? trainedBefore() : Optional.<Model>empty())
            .orElseGet(() -> training.train(table, stop));
    NightComparison comparison =
        phases.time(
            "evaluate",
            () ->
                NightComparison.of(
                    spark, job, table, candidate, draft.number(), champion, recorder));
    comparison.tell(recorder);
    List<Judgement> gates = comparison.judge(job, candidate, champion, hadoop);
    recorder.onFinding(account -> account.gates(gates));
    Verdict verdict = verdict(draft.number(), gates);
    Version version = phases.time("publish", () -> publish(comparison, lineage, verdict));
    return conclude(version, verdict);
  }

  /** The model of an earlier run that finished training before it died. */
  private Optional<Model> trainedBefore() {
    try {
      Model model = new ModelFolder(draft.modelFolder(), hadoop).read();
      recorder.onNotice("continuing with the model that the previous run had trained");
      return Optional.of(model);
    } catch (ModelException e) {
      return Optional.empty(); // there is none
    }
  }

  private Verdict verdict(long number, List<Judgement> gates) {
    List<Judgement> failed = gates.stream().filter(gate -> gate.status() == Status.FAILED).toList();
    String version = "version " + number;
    if (failed.isEmpty()) {
      long passed = gates.stream().filter(gate -> gate.status() == Status.PASSED).count();
      return new Verdict(
          Outcome.PROMOTED,
          version
              + champion
                  .map(found -> " replaces version " + found.number() + ": it passes ")
                  .orElse(" is the first champion: it passes ")
              + passed
              + (passed == 1 ? " gate" : " gates"));
    }
    String why =
        failed.get(0).message()
            + (failed.size() == 1 ? "" : " (and " + (failed.size() - 1) + " more)");
    return force
        .map(
            reason ->
                new Verdict(
                    Outcome.PROMOTED,
                    version + " is promoted by force, " + reason + ", though " + why))
        .orElseGet(() -> new Verdict(Outcome.REFUSED_BY_GATE, version + " is refused: " + why));
  }

  private Version publish(NightComparison comparison, Lineage lineage, Verdict verdict) {
    comparison.keep(draft, hadoop);
    RunRecord record =
        recorder.toRecord(verdict.outcome(), verdict.outcome().exitCode(), verdict.reason());
    RecordFiles.write(Location.of(draft.folder(), hadoop), record, draft::check);
    return draft.publish(lineage, change(verdict));
  }

  /** Records the verdict in the history, which ends the night. */
  private Verdict conclude(Version version, Verdict verdict) {
    if (verdict.outcome() == Outcome.PROMOTED) {
      registered.promoteOver(champion.map(Incumbent::number), version.number(), change(verdict));
    } else {
      registered.refuse(version.number(), change(verdict));
    }
    return verdict;
  }

  private Change change(Verdict verdict) {
    Change change = Change.because(verdict.reason()).byRun(recorder.id());
    return force.isPresent() ? change.withForce() : change;
  }
}
