package io.ebmspark.core.schedule;

import io.ebmspark.core.settings.Check;
import io.ebmspark.core.settings.Setting;

/**
 * Linear from {@code f·s(0)} to {@code s(0)} over W steps, then the main schedule s from its own
 * step 0.
 */
public record WarmUp(
    @Setting("number of warm-up steps W") long steps,
    @Setting(value = "fraction f of the first value to start at", defaultsTo = "0.1")
        double fraction,
    @Setting("the schedule s after the warm-up") Schedule then)
    implements Schedule {
  public WarmUp {
    Check.positive("steps", steps);
    Check.between("fraction", fraction, 0, 1);
  }

  @Override
  public Extremes extremes(long first, long last) {
    if (first >= steps) {
      return then.extremes(first - steps, last - steps).later(steps);
    }
    Extremes rising = Extremes.between(this, first, Math.min(last, steps - 1));
    return last < steps ? rising : rising.and(then.extremes(0, last - steps).later(steps));
  }

  @Override
  public double at(long step) {
    if (step >= steps) {
      return then.at(step - steps);
    }
    return then.at(0) * (fraction + (1 - fraction) * ((double) step / steps));
  }
}
