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
  public Optional<EnergyScript.Expressions> script(EnergyScript script, Weights weights) {
    return energy
        .script(script, weights.under("energy"))
        .map(plain -> plain.map(e -> "torch.mul(" + e + ", " + factor + ")"))
        .map(scaled -> learnt ? learnt(scaled, script.weight(weights.get("scale"))) : scaled);
  }

  private static EnergyScript.Expressions learnt(EnergyScript.Expressions scaled, String exponent) {
    return scaled.map(e -> "torch.mul(" + e + ", torch.exp(" + exponent + "))");
  }

  private Tensor scale(Tensor value, Weights weights) {
    Tensor scaled = value.mul(factor);
    return learnt ? scaled.mul(weights.get("scale").exp()) : scaled;
  }
}
