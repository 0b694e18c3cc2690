package com.example.energies;

import io.ebmspark.core.energy.Energy;
import io.ebmspark.core.energy.Initializer;
import io.ebmspark.core.energy.Parameter;
import io.ebmspark.core.energy.ParameterLayout;
import io.ebmspark.core.energy.Weights;
import io.ebmspark.core.engine.Tensor;

/** A custom convolutional energy, for images of any height and width. */
public record SmallConv() implements Energy {
  private static final int CHANNELS = 16;

  @Override
  public ParameterLayout parameters(long... shape) {
    if (shape.length != 3) {
      throw new IllegalArgumentException("SmallConv takes images: set data.shape to [c, h, w]");
    }
    long in = shape[0];
    // Two convolutions of stride 2, each of which leaves ⌈n/2⌉ of a length n.
    long flat = CHANNELS * halved(halved(shape[1])) * halved(halved(shape[2]));
    return ParameterLayout.of(
        new Parameter("conv1.weight", new long[] {CHANNELS, in, 3, 3}, Initializer.fanIn(9 * in)),
        new Parameter("conv1.bias", new long[] {CHANNELS}, Initializer.fanIn(9 * in)),
        new Parameter(
            "conv2.weight", new long[] {CHANNELS, CHANNELS, 3, 3}, Initializer.fanIn(9 * CHANNELS)),
        new Parameter("conv2.bias", new long[] {CHANNELS}, Initializer.fanIn(9 * CHANNELS)),
        new Parameter("last.weight", new long[] {1, flat}, Initializer.fanIn(flat)),
        new Parameter("last.bias", new long[] {1}, Initializer.constant(0)));
  }

  private static long halved(long length) {
    return (length + 1) / 2;
  }

  @Override
  public Tensor energy(Tensor x, Weights weights) {
    Tensor h = x.convolution(weights.get("conv1.weight"), weights.get("conv1.bias"), 2, 1).silu();
    h = h.convolution(weights.get("conv2.weight"), weights.get("conv2.bias"), 2, 1).silu();
    return h.flattenRows().linear(weights.get("last.weight"), weights.get("last.bias")).squeeze(1);
  }
}
