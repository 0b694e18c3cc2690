package io.ebmspark.spark.run;

import io.ebmspark.core.objective.Losses;
import io.ebmspark.core.training.BestStep;
import io.ebmspark.core.training.DivergedException;
import io.ebmspark.core.training.LossComparison;
import io.ebmspark.core.training.StepMetrics;
import io.ebmspark.core.training.TrainingSettings;
import io.ebmspark.core.training.TrainingState;
import io.ebmspark.core.training.ValidationMetrics;
import io.ebmspark.spark.data.shards.ShardedTable;
import io.ebmspark.spark.record.CurvePoint;
import io.ebmspark.spark.record.Outcome;
import io.ebmspark.spark.record.RunAccount;
import io.ebmspark.spark.record.RunRecord;
import io.ebmspark.spark.record.TrainingRecord;
import io.ebmspark.spark.record.ValidationPoint;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** Keeps an account of a run for its {@code run.json}, and passes events on. */
public final class RunRecorder implements RunListener {
  /** At most twice this many points of a curve are kept: more than a plot can show. */
  private static final int FEWEST_POINTS = 150;

  private final RunListener next;
  private final RunAccount account;
  private final List<CurvePoint> curve = new ArrayList<>();
  private final List<ValidationPoint> validation = new ArrayList<>();
  private Optional<BestStep> best = Optional.empty();
  private long every = 1;
  private long steps;
  private Optional<Long> resumedAt = Optional.empty();
  private int rollbacks;

  /**
   * An account of a run that starts now.
   *
   * @param command such as {@code train}
   */
  public RunRecorder(String command, RunListener next) {
    this.next = next;
    this.account = new RunAccount(command);
    account.versions(Versions.all());
  }

  /** The run's name. */
  public String id() {
    return account.id();
  }

  /** The record of the run as it stands now. */
  public RunRecord toRecord(Outcome outcome, int exitCode, String reason) {
    if (!curve.isEmpty() || resumedAt.isPresent()) {
      account.training(
          new TrainingRecord(
              steps, resumedAt, rollbacks, List.copyOf(curve), List.copyOf(validation), best));
    }
    return account.toRecord(outcome, exitCode, reason);
  }

  @Override
  public void onStep(StepMetrics metrics) {
    steps = metrics.step() + 1;
    if (metrics.step() % every == 0) {
      curve.add(point(metrics));
    }
    if (curve.size() >= 2 * FEWEST_POINTS) {
      every *= 2;
      curve.removeIf(point -> point.step() % every != 0);
    }
    next.onStep(metrics);
  }

  private static CurvePoint point(StepMetrics metrics) {
    return new CurvePoint(
        metrics.step(),
        metrics.loss(),
        Optional.ofNullable(metrics.report().get(Losses.DATA_ENERGY)),
        Optional.ofNullable(metrics.report().get(Losses.SAMPLE_ENERGY)),
        metrics.gradientNorm(),
        metrics.learningRate(),
        metrics.seconds() > 0 ? metrics.rows() / metrics.seconds() : 0);
  }

  @Override
  public void onResume(long step) {
    resumedAt = Optional.of(step);
    next.onResume(step);
  }

  @Override
  public void onValidation(ValidationMetrics metrics) {
    validation.add(new ValidationPoint(metrics.step(), metrics.loss()));
    next.onValidation(metrics);
  }

  @Override
  public void onBest(BestStep found) {
    best = Optional.of(found);
    account.notice(found.describe());
    next.onBest(found);
  }

  @Override
  public void onRollback(DivergedException cause, TrainingState state) {
    rollbacks = state.rollbacks();
    validation.removeIf(point -> point.step() > state.step());
    curve.removeIf(point -> point.step() >= state.step());
    account.notice(String.valueOf(cause.getMessage()));
    next.onRollback(cause, state);
  }

  @Override
  public void onTable(ShardedTable table) {
    next.onTable(table);
  }

  @Override
  public void onTraining(TrainingSettings settings) {
    next.onTraining(settings);
  }

  @Override
  public void onPhase(String phase, double seconds) {
    account.phase(phase, seconds);
    next.onPhase(phase, seconds);
  }

  @Override
  public void onComparison(LossComparison comparison) {
    next.onComparison(comparison);
  }

  @Override
  public void onNotice(String text) {
    account.notice(text);
    next.onNotice(text);
  }

  @Override
  public void onFinding(Consumer<RunAccount> finding) {
    finding.accept(account);
    next.onFinding(finding);
  }
}
