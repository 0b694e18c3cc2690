package io.ebmspark.spark.model;

import io.ebmspark.core.settings.Setting;
import io.ebmspark.core.training.BestStep;
import io.ebmspark.core.training.LossComparison;
import java.util.Map;
import java.util.Optional;

/** What produced a model. */
public record Provenance(
    @Setting("when training ended, UTC") String created,
    @Setting("versions of the software that trained it") Map<String, String> versions,
    @Setting("rows trained on") long rows,
    @Setting("digest of the training columns and rows") String dataFingerprint,
    @Setting("training steps that made the weights") long steps,
    @Setting("mean loss over the last tenth of these steps; absent if their metrics were lost")
        Optional<Double> finalLoss,
    @Setting("the loss compared with references; absent for objectives that run chains")
        Optional<LossComparison> comparison,
    @Setting("the weights kept by the loss on validation rows; absent if there were none")
        Optional<BestStep> best) {
  /** Provenance without a comparison or validation. */
  public Provenance(
      String created,
      Map<String, String> versions,
      long rows,
      String dataFingerprint,
      long steps,
      double finalLoss) {
    this(
        created,
        versions,
        rows,
        dataFingerprint,
        steps,
        Optional.of(finalLoss),
        Optional.empty(),
        Optional.empty());
  }
}
