package io.ebmspark.core.schedule;

import io.ebmspark.core.settings.Check;
import io.ebmspark.core.settings.Setting;

/**
 * {@code value(n) = v₁ + (v₀ − v₁)·½(1 + cos πn/N)}; holds v₁ after N (Loshchilov and Hutter 2017,
 * equation 5, without restarts).
 */
public record Cosine(
    @Setting("value v₀ at step 0") double from,
    @Setting("value v₁ at step N and after") double to,
    @Setting("number of steps N") long steps)
    implements Schedule {
  public Cosine {
    Check.positive("steps", steps);
  }

  @Override
  public Extremes extremes(long first, long last) {
    return Extremes.between(this, first, last);
  }

  @Override
  public double at(long step) {
    return step >= steps
        ? to
        // StrictMath, as every machine of a cluster and every rerun must see the same bits.
        : to + (from - to) * 0.5 * (1 + StrictMath.cos(Math.PI * ((double) step / steps)));
  }
}
