package io.ebmspark.core.energy;

import io.ebmspark.core.engine.Tensor;
import io.ebmspark.core.settings.Setting;

/**
 * A learnt mixture of two energies: {@code E(x) = σ(α)·E₁(x) + (1−σ(α))·E₂(x)}, with α learnt and
 * the mixing weight σ(α) starting at ½.
 */
public record Composed(
    @Setting("the first energy, weighted σ(α); often a formula") Energy first,
    @Setting("the second energy, weighted 1−σ(α); often a network") Energy second)
    implements Energy {

  @Override
  public ParameterLayout parameters(long... shape) {
    return ParameterLayout.of(new Parameter("alpha", new long[0], Initializer.constant(0)))
        .and("first", first.parameters(shape))
        .and("second", second.parameters(shape));
  }

  @Override
  public Tensor energy(Tensor x, Weights weights) {
    Tensor mix = weights.get("alpha").sigmoid();
    Tensor one = first.energy(x, weights.under("first"));
    Tensor other = second.energy(x, weights.under("second"));
    return other.add(mix.mul(one.sub(other)));
  }
}
