package io.ebmspark.core.training;

import io.ebmspark.core.failure.Category;
import io.ebmspark.core.failure.EbmException;

/** Training went where no result can come of it; it stopped before hiding that. */
public final class DivergedException extends EbmException {
  private static final long serialVersionUID = 1;

  private final long step;

  public DivergedException(long step, String what) {
    super(
        Category.DIVERGENCE,
        "diverged at step "
            + step
            + ": "
            + what
            + "; try a lower training.learningRate, a training.gradientClip, or smaller sampler"
            + " steps");
    this.step = step;
  }

  /** The training step at which it was seen. */
  public long step() {
    return step;
  }
}
