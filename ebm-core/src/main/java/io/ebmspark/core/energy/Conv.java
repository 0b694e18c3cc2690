package io.ebmspark.core.energy;

import io.ebmspark.core.engine.Tensor;
import io.ebmspark.core.settings.Check;
import io.ebmspark.core.settings.Setting;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A convolutional network for images of any height and width: 3×3 convolutions, flatten, one hidden
 * layer, one number.
 *
 * <p>Each convolution pads by one, so stride 1 keeps a length n and stride 2 gives ⌈n/2⌉.
 */
public record Conv(
    @Setting(value = "channels of each convolution", defaultsTo = "[32, 32, 64, 64, 128, 128]")
        List<Integer> channels,
    @Setting(value = "stride of each convolution", defaultsTo = "[1, 2, 1, 2, 1, 2]")
        List<Integer> strides,
    @Setting(value = "width of the hidden layer", defaultsTo = "128") int hidden,
    @Setting(value = "nonlinearity between layers", defaultsTo = "silu") Activation activation)
    implements Energy {

  private static final int KERNEL = 3;

  public Conv {
    Check.notEmpty("channels", channels);
    channels.forEach(count -> Check.positive("channels", count));
    strides.forEach(stride -> Check.positive("strides", stride));
    Check.that(
        strides.size() == channels.size(),
        "strides",
        "must have one entry a convolution, got " + strides.size() + " for " + channels.size());
    Check.positive("hidden", hidden);
    channels = List.copyOf(channels);
    strides = List.copyOf(strides);
  }

  @Override
  public ParameterLayout parameters(long... shape) {
    if (shape.length != 3) {
      throw new IllegalArgumentException(
          "a conv energy takes rows of shape [channels, height, width], got "
              + Arrays.toString(shape)
              + "; set data.shape");
    }
    List<Parameter> parameters = new ArrayList<>();
    long in = shape[0];
    long height = shape[1];
    long width = shape[2];
    for (int i = 0; i < channels.size(); i++) {
      int stride = strides.get(i);
      Layers.declare(parameters, "conv" + i, channels.get(i), in, KERNEL, KERNEL);
      in = channels.get(i);
      height = (height + stride - 1) / stride;
      width = (width + stride - 1) / stride;
    }
    Layers.declare(parameters, "hidden", hidden, in * height * width);
    Layers.declare(parameters, "output", 1, hidden);
    return ParameterLayout.of(parameters);
  }

  @Override
  public Tensor energy(Tensor x, Weights weights) {
    Tensor h = x;
    for (int i = 0; i < channels.size(); i++) {
      Tensor weight = weights.get("conv" + i + ".weight");
      Tensor bias = weights.get("conv" + i + ".bias");
      h = activation.apply(h.convolution(weight, bias, strides.get(i), 1));
    }
    h = activation.apply(Layers.linear(h.flattenRows(), weights, "hidden"));
    return Layers.linear(h, weights, "output").squeeze(1);
  }
}
