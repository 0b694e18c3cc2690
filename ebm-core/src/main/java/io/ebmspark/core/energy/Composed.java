package io.ebmspark.core.energy;

import io.ebmspark.core.engine.Tensor;
import io.ebmspark.core.settings.Setting;
import java.util.Optional;

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
    Tensor one = first.energy(x, weights.under("first"));
    Tensor other = second.energy(x, weights.under("second"));
    return mix(one, other, weights);
  }

  @Override
  public Tensor gradient(Tensor x, Weights weights) {
    Tensor one = first.gradient(x, weights.under("first"));
    Tensor other = second.gradient(x, weights.under("second"));
    return mix(one, other, weights.detached());
  }

  private static Tensor mix(Tensor one, Tensor other, Weights weights) {
    return other.add(one.sub(other).mul(weights.get("alpha").sigmoid()));
  }

  @Override
  public Optional<EnergyScript.Expressions> script(EnergyScript script, Weights weights) {
    Optional<EnergyScript.Expressions> one = first.script(script, weights.under("first"));
    Optional<EnergyScript.Expressions> other = second.script(script, weights.under("second"));
    if (one.isEmpty() || other.isEmpty()) {
      return Optional.empty();
    }
    String mix = "torch.sigmoid(" + script.weight(weights.get("alpha")) + ")";
    return Optional.of(
        other.get().with(one.get(), (e2, e1) -> "torch.lerp(%s, %s, %s)".formatted(e2, e1, mix)));
  }
}
