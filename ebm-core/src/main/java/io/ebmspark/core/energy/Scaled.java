package io.ebmspark.core.energy;

import io.ebmspark.core.engine.Tensor;
import io.ebmspark.core.settings.Check;
import io.ebmspark.core.settings.Setting;
import java.util.Optional;

/**
 * An energy times a positive factor, {@code c·E(x)}: a density at the temperature {@code 1/c}. A
 * learnt factor is {@code c·exp(s)} with s learnt from 0.
 */
public record Scaled(
    @Setting("the energy scaled") Energy energy,
    @Setting("the factor c, or where it starts") double factor,
    @Setting(value = "whether the factor is learnt", defaultsTo = "false") boolean learnt)
    implements Energy {
  public Scaled {
    Check.positive("factor", factor);
  }

  @Override
  public ParameterLayout parameters(long... shape) {
    ParameterLayout scale =
        learnt
            ? ParameterLayout.of(new Parameter("scale", new long[0], Initializer.constant(0)))
            : ParameterLayout.EMPTY;
    return scale.and("energy", energy.parameters(shape));
  }

  @Override
  public Tensor energy(Tensor x, Weights weights) {
    return scale(energy.energy(x, weights.under("energy")), weights);
  }

  @Override
  public Tensor gradient(Tensor x, Weights weights) {
    return scale(energy.gradient(x, weights.under("energy")), weights.detached());
  }

  @Override
  public Optional<String> gradientScript(GradientScript script, Weights weights) {
    return energy
        .gradientScript(script, weights.under("energy"))
        .map(gradient -> "torch.mul(" + gradient + ", " + factor + ")")
        .map(
            gradient ->
                learnt
                    ? "torch.mul(%s, torch.exp(%s))"
                        .formatted(gradient, script.weight(weights.get("scale")))
                    : gradient);
  }

  private Tensor scale(Tensor value, Weights weights) {
    Tensor scaled = value.mul(factor);
    return learnt ? scaled.mul(weights.get("scale").exp()) : scaled;
  }
}
