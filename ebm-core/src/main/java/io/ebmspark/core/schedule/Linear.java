package io.ebmspark.core.schedule;

import io.ebmspark.core.settings.Check;
import io.ebmspark.core.settings.Setting;

/** {@code value(n) = v₀ + (v₁ − v₀)·n/N}; holds v₁ after N. */
public record Linear(
    @Setting("value v₀ at step 0") double from,
    @Setting("value v₁ at step N and after") double to,
    @Setting("number of steps N") long steps)
    implements Schedule {
  public Linear {
    Check.positive("steps", steps);
  }

  @Override
  public Extremes extremes(long first, long last) {
    return Extremes.between(this, first, last);
  }

  @Override
  public double at(long step) {
    return step >= steps ? to : from + (to - from) * ((double) step / steps);
  }
}
