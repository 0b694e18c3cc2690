package io.ebmspark.core.energy;

import io.ebmspark.core.engine.Tensor;
import io.ebmspark.core.onnx.OnnxValue;
import io.ebmspark.core.settings.Check;
import io.ebmspark.core.settings.Setting;
import java.util.Optional;

/** The harmonic well {@code E(x) = ½k·Σxᵢ²}: the standard normal where k = 1. */
public record Harmonic(@Setting(value = "stiffness k", defaultsTo = "1") double stiffness)
    implements AnalyticEnergy {
  public Harmonic {
    Check.positive("stiffness", stiffness);
  }

  @Override
  public Tensor energy(Tensor x) {
    return x.square().sumPerRow().mul(stiffness / 2);
  }

  @Override
  public Tensor gradient(Tensor x, Weights weights) {
    return x.mul(stiffness);
  }

  @Override
  public OnnxValue onnx(OnnxValue x, Weights weights) {
    return x.square().sumPerRow().mul(stiffness / 2);
  }

  @Override
  public Optional<EnergyScript.Expressions> script(EnergyScript script, Weights weights) {
    String squares = "torch.sum(torch.square(torch.flatten(x, 1)), [1])";
    return Optional.of(
        new EnergyScript.Expressions(
            "torch.mul(" + squares + ", " + stiffness / 2 + ")",
            "torch.mul(x, " + stiffness + ")"));
  }
}
