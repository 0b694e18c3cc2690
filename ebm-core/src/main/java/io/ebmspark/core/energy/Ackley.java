package io.ebmspark.core.energy;

import io.ebmspark.core.engine.Tensor;
import io.ebmspark.core.settings.Check;
import io.ebmspark.core.settings.Setting;

/**
 * Ackley's (1987) pitted funnel {@code E(x) = −a·exp(−β√(Σxᵢ²/n)) − exp(Σcos(c·xᵢ)/n) + a + e}: 0
 * at the origin, where it has a cusp.
 */
public record Ackley(
    @Setting(value = "depth a of the funnel", defaultsTo = "20") double a,
    @Setting(value = "narrowness β of the funnel", defaultsTo = "0.2") double beta,
    @Setting(value = "frequency c of the pits", defaultsTo = "6.283185307179586") double c)
    implements AnalyticEnergy {
  // The root has no derivative at 0; this moves the energy there by less than a float can show.
  private static final double CUSP = 1e-30;

  public Ackley {
    Check.positive("a", a);
    Check.positive("beta", beta);
  }

  @Override
  public Tensor energy(Tensor x) {
    double n = (double) x.count() / x.size(0);
    Tensor radius = x.square().sumPerRow().div(n).add(CUSP).sqrt();
    Tensor funnel = radius.mul(-beta).exp().mul(-a);
    Tensor pits = x.mul(c).cos().sumPerRow().div(n).exp();
    return funnel.sub(pits).add(a + Math.E);
  }
}
