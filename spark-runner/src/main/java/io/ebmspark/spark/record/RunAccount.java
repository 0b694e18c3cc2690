package io.ebmspark.spark.record;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * A {@link RunRecord} in the making: what is known of a run so far, so that even a failed run
 * leaves a record.
 */
public final class RunAccount {
  private static final DateTimeFormatter STAMP =
      DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'", Locale.ROOT).withZone(ZoneOffset.UTC);

  private final String id;
  private final String command;
  private final Instant started = Instant.now();
  private final List<Phase> phases = new ArrayList<>();
  private final List<String> notices = new ArrayList<>();
  private Optional<String> model = Optional.empty();
  private Optional<Long> championVersion = Optional.empty();
  private Optional<Long> candidateVersion = Optional.empty();
  private Optional<Lineage> lineage = Optional.empty();
  private List<Judgement> checks = List.of();
  private List<Judgement> gates = List.of();
  private Optional<DataRecord> data = Optional.empty();
  private Optional<Evaluation> champion = Optional.empty();
  private Optional<Evaluation> candidate = Optional.empty();
  private Optional<TrainingRecord> training = Optional.empty();
  private List<Histogram> energies = List.of();
  private List<AlertBudget> alerts = List.of();
  private List<UnusualRow> unusual = List.of();
  private Optional<SamplesRecord> samples = Optional.empty();
  private Map<String, String> versions = Map.of();
  private String settings = "";

  /** Starts the account of a run now. */
  public RunAccount(String command) {
    this.command = command;
    this.id = STAMP.format(started) + "-" + UUID.randomUUID().toString().substring(0, 8);
  }

  /** The run's name. */
  public String id() {
    return id;
  }

  /** Records the end of a phase. */
  public void phase(String name, double seconds) {
    phases.add(new Phase(name, seconds));
  }

  /** Records something the user should know. */
  public void notice(String text) {
    notices.add(text);
  }

  /** Records the registered model and its version in use. */
  public void model(String name, Optional<Long> champion) {
    this.model = Optional.of(name);
    this.championVersion = champion;
  }

  /** Records the number of the version being made. */
  public void candidateVersion(long version) {
    this.candidateVersion = Optional.of(version);
  }

  /** Records what that version is made from. */
  public void lineage(Lineage found) {
    this.lineage = Optional.of(found);
  }

  /** Records the checks of the rows. */
  public void checks(List<Judgement> found) {
    this.checks = List.copyOf(found);
  }

  /** Records the gates for the candidate. */
  public void gates(List<Judgement> found) {
    this.gates = List.copyOf(found);
  }

  /** Records the rows. */
  public void data(DataRecord found) {
    this.data = Optional.of(found);
  }

  /** What is known about the rows so far. */
  public Optional<DataRecord> data() {
    return data;
  }

  /** Records the champion's evaluation. */
  public void champion(Evaluation found) {
    this.champion = Optional.of(found);
  }

  /** Records the evaluation of the candidate, or of the only model. */
  public void candidate(Evaluation found) {
    this.candidate = Optional.of(found);
  }

  /** Records the course of training so far. */
  public void training(TrainingRecord found) {
    this.training = Optional.of(found);
  }

  /** Records energies of several sets of rows, over the same bins. */
  public void energies(List<Histogram> found) {
    this.energies = List.copyOf(found);
  }

  /** Records the alarms that thresholds would raise. */
  public void alerts(List<AlertBudget> found) {
    this.alerts = List.copyOf(found);
  }

  /** Records the most unusual rows. */
  public void unusual(List<UnusualRow> found) {
    this.unusual = List.copyOf(found);
  }

  /** Records drawn rows beside held-out ones. */
  public void samples(SamplesRecord found) {
    this.samples = Optional.of(found);
  }

  /** Records the versions of the software. */
  public void versions(Map<String, String> found) {
    this.versions = Map.copyOf(found);
  }

  /** Records the job with every default filled in, as YAML without secrets. */
  public void settings(String yaml) {
    this.settings = yaml;
  }

  /** The record of the run as it stands now. */
  public RunRecord toRecord(Outcome outcome, int exitCode, String reason) {
    return new RunRecord(
        RunRecord.FORMAT,
        id,
        command,
        outcome,
        exitCode,
        reason,
        text(started),
        text(Instant.now()),
        List.copyOf(phases),
        List.copyOf(notices),
        model,
        championVersion,
        candidateVersion,
        lineage,
        checks,
        gates,
        data,
        champion,
        candidate,
        training,
        energies,
        alerts,
        unusual,
        samples,
        versions,
        settings);
  }

  private static String text(Instant time) {
    return time.truncatedTo(ChronoUnit.SECONDS).toString();
  }
}
