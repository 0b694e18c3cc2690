package io.ebmspark.core.energy;

import io.ebmspark.core.engine.Tensor;
import io.ebmspark.core.onnx.OnnxValue;
import io.ebmspark.core.settings.Setting;
import java.util.List;
import java.util.Optional;

/**
 * A learnt mixture of two energies: {@code E(x) = σ(α)·E₁(x) + (1−σ(α))·E₂(x)}, with α learnt and
 * the mixing weight σ(α) starting at ½.
 */
public record Composed(
    @Setting("the first energy, weighted σ(α); often a formula") Energy first,
    @Setting("the second energy, weighted 1−σ(α); often a network") Energy second)
    implements Combination {

  @Override
  public List<Energy> parts() {
    return List.of(first, second);
  }

  @Override
  public ParameterLayout parameters(long... shape) {
    return ParameterLayout.of(new Parameter("alpha", new long[0], Initializer.constant(0)))
        .and("first", first.parameters(shape))
        .and("second", second.parameters(shape));
  }

  @Override
  public PreparedEnergy prepare(Weights weights) {
    PreparedEnergy one = first.prepare(weights.under("first"));
    PreparedEnergy other = second.prepare(weights.under("second"));
    Weights frozen = weights.detached();
    return new PreparedEnergy(weights.scope()) {
      @Override
      public Tensor at(Tensor x) {
        return mix(one.at(x), other.at(x), weights);
      }

      @Override
      public Tensor value(Tensor x) {
        return mix(one.value(x), other.value(x), frozen);
      }

      @Override
      public Tensor gradient(Tensor x) {
        return mix(one.gradient(x), other.gradient(x), frozen);
      }

      @Override
      public OnnxValue onnx(OnnxValue x) {
        OnnxValue rest = other.onnx(x);
        return rest.add(one.onnx(x).sub(rest).mul(frozen.get("alpha").sigmoid()));
      }

      @Override
      protected Optional<EnergyScript.Expressions> script(EnergyScript script) {
        Optional<EnergyScript.Expressions> e1 = one.script(script);
        Optional<EnergyScript.Expressions> e2 = other.script(script);
        if (e1.isEmpty() || e2.isEmpty()) {
          return Optional.empty();
        }
        String mix = "torch.sigmoid(" + script.weight(frozen.get("alpha")) + ")";
        return Optional.of(
            e2.get().with(e1.get(), (b, a) -> "torch.lerp(%s, %s, %s)".formatted(b, a, mix)));
      }
    };
  }

  private static Tensor mix(Tensor one, Tensor other, Weights weights) {
    Tensor share = weights.in(one.scope()).get("alpha").sigmoid();
    return other.add(one.sub(other).mul(share));
  }
}
