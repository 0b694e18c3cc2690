package io.ebmspark.core.energy;

import io.ebmspark.core.engine.Tensor;
import io.ebmspark.core.onnx.OnnxValue;
import io.ebmspark.core.settings.Check;
import io.ebmspark.core.settings.Setting;
import java.util.List;
import java.util.Optional;

/**
 * An energy times a positive factor, {@code c·E(x)}: a density at the temperature {@code 1/c}. A
 * learnt factor is {@code c·exp(s)} with s learnt from 0.
 */
public record Scaled(
    @Setting("the energy scaled") Energy energy,
    @Setting("the factor c, or its initial value") double factor,
    @Setting(value = "whether the factor is learnt", defaultsTo = "false") boolean learnt)
    implements Combination {
  public Scaled {
    Check.positive("factor", factor);
  }

  @Override
  public List<Energy> parts() {
    return List.of(energy);
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
  public PreparedEnergy prepare(Weights weights) {
    PreparedEnergy plain = energy.prepare(weights.under("energy"));
    Weights frozen = weights.detached();
    return new PreparedEnergy(weights.scope()) {
      @Override
      public Tensor at(Tensor x) {
        return scale(plain.at(x), weights);
      }

      @Override
      public Tensor value(Tensor x) {
        return scale(plain.value(x), frozen);
      }

      @Override
      public Tensor gradient(Tensor x) {
        return scale(plain.gradient(x), frozen);
      }

      @Override
      public Energies energies(Tensor x) {
        return learnt ? super.energies(x) : plain.energies(x).times(factor);
      }

      @Override
      public Score score(Tensor x) {
        return learnt ? super.score(x) : plain.score(x).scaled(factor, 1, 0, x);
      }

      @Override
      public Slice slice(Tensor x, Tensor v) {
        return learnt ? super.slice(x, v) : plain.slice(x, v).times(factor);
      }

      @Override
      public OnnxValue onnx(OnnxValue x) {
        OnnxValue scaled = plain.onnx(x).mul(factor);
        return learnt ? scaled.mul(frozen.get("scale").exp()) : scaled;
      }

      @Override
      protected Optional<EnergyScript.Expressions> script(EnergyScript script) {
        return plain
            .script(script)
            .map(e -> e.map(unscaled -> "torch.mul(" + unscaled + ", " + factor + ")"))
            .map(e -> learnt ? learnt(e, script.weight(frozen.get("scale"))) : e);
      }
    };
  }

  private static EnergyScript.Expressions learnt(EnergyScript.Expressions scaled, String exponent) {
    return scaled.map(e -> "torch.mul(" + e + ", torch.exp(" + exponent + "))");
  }

  private Tensor scale(Tensor value, Weights weights) {
    Tensor scaled = value.mul(factor);
    return learnt ? scaled.mul(weights.in(value.scope()).get("scale").exp()) : scaled;
  }
}
