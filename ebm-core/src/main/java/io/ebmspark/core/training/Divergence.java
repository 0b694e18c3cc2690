package io.ebmspark.core.training;

import io.ebmspark.core.settings.Check;
import io.ebmspark.core.settings.Setting;

/**
 * What counts as divergence, beside numbers that are not finite and a loss near its floor, and what
 * is done then.
 */
public record Divergence(
    @Setting(
            value =
                "stop, or rollback: go back to the last checkpoint with half the learning rate and"
                    + " new random numbers",
            defaultsTo = "stop")
        Action action,
    @Setting(value = "how often a run may roll back before it stops", defaultsTo = "3")
        int rollbacks,
    @Setting(
            value = "largest distance of the mean energies of data and samples",
            defaultsTo = "1e4")
        double energyGap,
    @Setting(value = "largest norm of the mean gradient, before clipping", defaultsTo = "1e6")
        double gradientNorm,
    @Setting(value = "largest mean norm of where chains end, in model units", defaultsTo = "1e4")
        double chainNorm) {
  /** What is done at divergence. */
  public enum Action {
    STOP,
    ROLLBACK
  }

  /** The default. */
  static final Divergence STOP = new Divergence(Action.STOP, 3, 1e4, 1e6, 1e4);

  public Divergence {
    Check.notNegative("rollbacks", rollbacks);
    Check.positive("energyGap", energyGap);
    Check.positive("gradientNorm", gradientNorm);
    Check.positive("chainNorm", chainNorm);
  }

  /** Whether a run that has rolled back so often may do so again. */
  boolean mayRollBack(int soFar) {
    return action == Action.ROLLBACK && soFar < rollbacks;
  }
}
