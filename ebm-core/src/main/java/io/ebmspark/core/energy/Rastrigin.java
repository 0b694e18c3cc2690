package io.ebmspark.core.energy;

import io.ebmspark.core.engine.Tensor;
import io.ebmspark.core.settings.Check;
import io.ebmspark.core.settings.Setting;

/**
 * Rastrigin's (1974) egg box {@code E(x) = a·n + Σ(xᵢ² − a·cos 2πxᵢ)}: 0 at the origin, with a
 * local minimum near every point of whole numbers.
 */
public record Rastrigin(@Setting(value = "depth a of the pits", defaultsTo = "10") double a)
    implements AnalyticEnergy {
  public Rastrigin {
    Check.notNegative("a", a);
  }

  @Override
  public Tensor energy(Tensor x) {
    // a − a·cos in each term, rather than a·n in the end: no large numbers cancel.
    Tensor pits = x.mul(2 * Math.PI).cos().mul(-a).add(a);
    return x.square().add(pits).sumPerRow();
  }
}
