package com.example.energies;

import io.ebmspark.core.energy.Energy;
import io.ebmspark.core.energy.Initializer;
import io.ebmspark.core.energy.Parameter;
import io.ebmspark.core.energy.ParameterLayout;
import io.ebmspark.core.energy.Weights;
import io.ebmspark.core.engine.Tensor;
import io.ebmspark.core.settings.Setting;

/** A custom network: two hidden layers, written out. Its settings are its components. */
public record SmallMlp(@Setting(value = "width of both hidden layers", defaultsTo = "64") int width)
    implements Energy {

  @Override
  public ParameterLayout parameters(long... shape) {
    long in = shape[0];
    return ParameterLayout.of(
        new Parameter("first.weight", new long[] {width, in}, Initializer.fanIn(in)),
        new Parameter("first.bias", new long[] {width}, Initializer.fanIn(in)),
        new Parameter("second.weight", new long[] {width, width}, Initializer.fanIn(width)),
        new Parameter("second.bias", new long[] {width}, Initializer.fanIn(width)),
        new Parameter("last.weight", new long[] {1, width}, Initializer.fanIn(width)),
        new Parameter("last.bias", new long[] {1}, Initializer.constant(0)));
  }

  @Override
  public Tensor energy(Tensor x, Weights weights) {
    Tensor h = x.linear(weights.get("first.weight"), weights.get("first.bias")).silu();
    h = h.linear(weights.get("second.weight"), weights.get("second.bias")).silu();
    return h.linear(weights.get("last.weight"), weights.get("last.bias")).squeeze(1);
  }
}
