package io.ebmspark.core.energy;

import io.ebmspark.core.engine.Tensor;
import io.ebmspark.core.settings.Check;
import io.ebmspark.core.settings.Setting;

/**
 * Rosenbrock's (1960) curved valley {@code E(x) = Σᵢ [b(xᵢ₊₁ − xᵢ²)² + (a − xᵢ)²]}, over two or
 * more features: 0 where every {@code xᵢ = a = 1}.
 */
public record Rosenbrock(
    @Setting(value = "where the valley's minimum a is", defaultsTo = "1") double a,
    @Setting(value = "steepness b of the valley's walls", defaultsTo = "100") double b)
    implements AnalyticEnergy {
  public Rosenbrock {
    Check.positive("b", b);
  }

  @Override
  public ParameterLayout parameters(long... shape) {
    if (shape.length != 1 || shape[0] < 2) {
      throw new IllegalArgumentException("a rosenbrock energy takes rows of two features or more");
    }
    return ParameterLayout.EMPTY;
  }

  @Override
  public Tensor energy(Tensor x) {
    long last = x.size(1) - 1;
    Tensor here = x.slice(1, 0, last);
    Tensor next = x.slice(1, 1, last + 1);
    Tensor wall = next.sub(here.square()).square().mul(b);
    return wall.add(here.sub(a).square()).sumPerRow();
  }
}
