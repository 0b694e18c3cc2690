package io.ebmspark.core.schedule;

import io.ebmspark.core.settings.Check;
import io.ebmspark.core.settings.Setting;

/** {@code value(n) = max(v_min, v₀·γⁿ)}. */
public record Exponential(
    @Setting("value v₀ at step 0") double from,
    @Setting("factor γ of each step") double factor,
    @Setting(value = "smallest value", defaultsTo = "0") double minimum)
    implements Schedule {
  public Exponential {
    Check.between("factor", factor, 0, 1);
  }

  @Override
  public Extremes extremes(long first, long last) {
    return Extremes.between(this, first, last);
  }

  @Override
  public double at(long step) {
    return Math.max(minimum, from * StrictMath.pow(factor, (double) step));
  }
}
