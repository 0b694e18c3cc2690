package io.ebmspark.core.training;

import io.ebmspark.core.failure.Category;
import io.ebmspark.core.failure.EbmException;

/** Training or sampling diverged and was stopped. */
public final class DivergedException extends EbmException {
  private static final long serialVersionUID = 1;

  private final long step;

  /**
   * A divergence, with advice that fits where it happened.
   *
   * @param step of training, or of the chains
   * @param advice which settings to try, to be read after "try"
   */
  public DivergedException(long step, String what, String advice) {
    super(Category.DIVERGENCE, "diverged at step " + step + ": " + what + "; try " + advice);
    this.step = step;
  }

  /** A divergence of training. */
  public static DivergedException ofTraining(long step, String what) {
    return new DivergedException(
        step,
        what,
        "a lower training.learningRate, a training.gradientClip, or smaller sampler steps");
  }

  /** The step at which it was seen. */
  public long step() {
    return step;
  }
}
