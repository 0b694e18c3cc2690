package io.ebmspark.core.schedule;

import io.ebmspark.core.settings.Setting;

/** {@code value(n) = v}. */
public record Constant(@Setting("the value") double value) implements Schedule {
  @Override
  public Extremes extremes(long first, long last) {
    return Extremes.between(this, first, last);
  }

  @Override
  public double at(long step) {
    return value;
  }
}
