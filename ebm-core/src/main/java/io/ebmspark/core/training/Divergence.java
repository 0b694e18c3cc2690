package io.ebmspark.core.training;

import io.ebmspark.core.settings.Check;
import io.ebmspark.core.settings.Setting;

/**
 * What counts as divergence, besides values that are not finite and a loss near its floor, and what
 * to do about it.
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
            value = "largest gap between the mean energies of data and samples",
            defaultsTo = "1e4")
        double energyGap,
    @Setting(value = "largest norm of the mean gradient, before clipping", defaultsTo = "1e6")
        double gradientNorm,
    @Setting(
            value = "largest mean norm of the chains' end points, in model units",
            defaultsTo = "1e4")
        double chainNorm) {
  /** What to do at divergence. */
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

  /** Whether a run that has rolled back this often may do so again. */
  boolean mayRollBack(int soFar) {
    return action == Action.ROLLBACK && soFar < rollbacks;
  }
}
