package io.ebmspark.spark.record;

import io.ebmspark.core.settings.Setting;
import io.ebmspark.core.training.BestStep;
import java.util.List;
import java.util.Optional;

/** How training went. */
public record TrainingRecord(
    @Setting("steps done") long steps,
    @Setting("step it resumed at, if it was interrupted") Optional<Long> resumedAt,
    @Setting("how often it rolled back after diverging") int rollbacks,
    @Setting("at most a few hundred steps, evenly spaced") List<CurvePoint> curve,
    @Setting(value = "measurements on validation rows, where there are any", defaultsTo = "[]")
        List<ValidationPoint> validation,
    @Setting("the weights kept by them; absent without validation rows, and of a run that failed")
        Optional<BestStep> best) {
  /** The record of training without validation. */
  public TrainingRecord(
      long steps, Optional<Long> resumedAt, int rollbacks, List<CurvePoint> curve) {
    this(steps, resumedAt, rollbacks, curve, List.of(), Optional.empty());
  }
}
