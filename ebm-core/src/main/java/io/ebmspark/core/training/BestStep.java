package io.ebmspark.core.training;

import io.ebmspark.core.settings.Setting;
import java.util.Locale;

/** The weights that a run with validation rows kept. */
public record BestStep(
    @Setting("validation rows") int rows,
    @Setting("steps after which the loss on them was lowest, and whose weights are kept") long step,
    @Setting("mean loss on them there") double loss,
    @Setting("step at which training ended") long ended,
    @Setting("whether that was before its last step") boolean early) {
  /** A sentence for people to read. */
  public String describe() {
    String lowest =
        String.format(
            Locale.ROOT,
            "the loss on %d validation rows was lowest at step %d (%.4g); ",
            rows,
            step,
            loss);
    if (step == ended) {
      return lowest
          + "training ended there, "
          + (early ? "as it no longer fell by more than its noise" : "at its last step");
    }
    return lowest
        + "training ended at "
        + ended
        + (early ? "" : ", its last step,")
        + " and keeps those weights";
  }
}
