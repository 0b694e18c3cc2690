package io.ebmspark.core.energy;

import io.ebmspark.core.engine.Tensor;
import io.ebmspark.core.onnx.OnnxValue;
import io.ebmspark.core.settings.Check;
import io.ebmspark.core.settings.Setting;

/** The double well {@code E(x) = h·Σ(xᵢ² − b²)²}: minima of energy 0 where every xᵢ is ±b. */
public record DoubleWell(
    @Setting(value = "height h of the barrier between the wells", defaultsTo = "2") double height,
    @Setting(value = "distance b of the wells from 0", defaultsTo = "1") double distance)
    implements AnalyticEnergy {
  public DoubleWell {
    Check.positive("height", height);
  }

  @Override
  public Tensor energy(Tensor x) {
    return x.square().sub(distance * distance).square().sumPerRow().mul(height);
  }

  @Override
  public OnnxValue onnx(OnnxValue x, Weights weights) {
    return x.square().add(-distance * distance).square().sumPerRow().mul(height);
  }
}
