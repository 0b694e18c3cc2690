package io.ebmspark.core.schedule;

import io.ebmspark.core.settings.Check;
import io.ebmspark.core.settings.Setting;
import java.util.List;

/** {@code value(n) = v₀·γ^k}, where k counts the milestones at or before n. */
public record MultiStep(
    @Setting("value v₀ before the first milestone") double from,
    @Setting("factor γ of each milestone") double factor,
    @Setting("steps at which the value is multiplied by the factor") List<Long> milestones)
    implements Schedule {
  public MultiStep {
    milestones = List.copyOf(Check.notEmpty("milestones", milestones));
  }

  @Override
  public Extremes extremes(long first, long last) {
    Extremes extremes = Extremes.between(this, first, last);
    for (long milestone : milestones) {
      if (milestone > first && milestone < last) {
        extremes = extremes.and(Extremes.at(this, milestone));
      }
    }
    return extremes;
  }

  @Override
  public double at(long step) {
    double value = from;
    for (long milestone : milestones) {
      value = milestone <= step ? value * factor : value;
    }
    return value;
  }
}
