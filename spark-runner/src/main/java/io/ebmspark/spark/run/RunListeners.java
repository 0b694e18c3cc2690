package io.ebmspark.spark.run;

import io.ebmspark.core.training.BestStep;
import io.ebmspark.core.training.DivergedException;
import io.ebmspark.core.training.LossComparison;
import io.ebmspark.core.training.StepMetrics;
import io.ebmspark.core.training.TrainingSettings;
import io.ebmspark.core.training.TrainingState;
import io.ebmspark.core.training.ValidationMetrics;
import io.ebmspark.spark.data.shards.ShardedTable;
import io.ebmspark.spark.record.RunAccount;
import java.util.List;
import java.util.function.Consumer;

/** Several listeners as one: each event goes to all of them, in their order. */
record RunListeners(List<RunListener> all) implements RunListener {
  @Override
  public void onStep(StepMetrics metrics) {
    all.forEach(listener -> listener.onStep(metrics));
  }

  @Override
  public void onResume(long step) {
    all.forEach(listener -> listener.onResume(step));
  }

  @Override
  public void onValidation(ValidationMetrics metrics) {
    all.forEach(listener -> listener.onValidation(metrics));
  }

  @Override
  public void onBest(BestStep best) {
    all.forEach(listener -> listener.onBest(best));
  }

  @Override
  public void onRollback(DivergedException cause, TrainingState state) {
    all.forEach(listener -> listener.onRollback(cause, state));
  }

  @Override
  public void onTable(ShardedTable table) {
    all.forEach(listener -> listener.onTable(table));
  }

  @Override
  public void onTraining(TrainingSettings settings) {
    all.forEach(listener -> listener.onTraining(settings));
  }

  @Override
  public void onPhase(String phase, double seconds) {
    all.forEach(listener -> listener.onPhase(phase, seconds));
  }

  @Override
  public void onComparison(LossComparison comparison) {
    all.forEach(listener -> listener.onComparison(comparison));
  }

  @Override
  public void onFinding(Consumer<RunAccount> finding) {
    all.forEach(listener -> listener.onFinding(finding));
  }

  @Override
  public void onNotice(String text) {
    all.forEach(listener -> listener.onNotice(text));
  }
}
