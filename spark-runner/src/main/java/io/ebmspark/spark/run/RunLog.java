package io.ebmspark.spark.run;

import io.ebmspark.core.training.BestStep;
import io.ebmspark.core.training.Checkpoints;
import io.ebmspark.core.training.DivergedException;
import io.ebmspark.core.training.StepMetrics;
import io.ebmspark.core.training.TrainingState;
import io.ebmspark.core.training.ValidationMetrics;
import io.ebmspark.spark.model.ModelDraft;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Records training events in {@code metrics.jsonl}. */
final class RunLog implements RunListener {
  private final ModelDraft draft;
  private Optional<BestStep> best = Optional.empty();

  RunLog(ModelDraft draft) {
    this.draft = draft;
  }

  /** The weights that the run kept, where there were validation rows. */
  Optional<BestStep> best() {
    return best;
  }

  @Override
  public void onStep(StepMetrics metrics) {
    draft.metric(MetricsLine.of(metrics));
  }

  @Override
  public void onResume(long step) {
    draft.metric(MetricsLine.ofResume(step));
    draft.flush();
  }

  @Override
  public void onValidation(ValidationMetrics metrics) {
    draft.metric(MetricsLine.of(metrics));
  }

  @Override
  public void onBest(BestStep found) {
    best = Optional.of(found);
    draft.metric(MetricsLine.of(found));
  }

  @Override
  public void onRollback(DivergedException cause, TrainingState state) {
    draft.metric(MetricsLine.ofRollback(cause, state));
    draft.flush();
  }

  /** Checkpoints that are only written once the metrics up to there are flushed. */
  Checkpoints withMetrics(Checkpoints checkpoints) {
    return new Checkpoints() {
      @Override
      public Optional<TrainingState> latest() {
        return checkpoints.latest();
      }

      @Override
      public void save(TrainingState state) {
        draft.flush();
        checkpoints.save(state);
      }
    };
  }

  /**
   * The mean loss over the last tenth of a run: one step's loss says little. Of no steps, it is
   * what the first one measured before it changed anything. Empty if no line tells of them.
   *
   * @param lines of all attempts; a repeated step counts once, by its last line
   */
  static Optional<Double> lateLoss(List<String> lines, long steps) {
    long end = Math.max(1, steps);
    long from = end - Math.max(1, end / 10);
    Map<Long, Double> losses = new TreeMap<>();
    for (String line : lines) {
      MetricsLine.stepAndLoss(line)
          .filter(step -> step.getKey() >= from && step.getKey() < end)
          .ifPresent(step -> losses.put(step.getKey(), step.getValue()));
    }
    return losses.isEmpty()
        ? Optional.empty()
        : Optional.of(losses.values().stream().collect(Collectors.averagingDouble(loss -> loss)));
  }
}
