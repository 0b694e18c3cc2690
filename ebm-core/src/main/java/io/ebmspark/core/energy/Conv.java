package io.ebmspark.core.energy;

import io.ebmspark.core.engine.Tensor;
import io.ebmspark.core.onnx.OnnxValue;
import io.ebmspark.core.settings.Check;
import io.ebmspark.core.settings.Setting;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A convolutional network for images of any height and width: 3×3 convolutions, flatten, one hidden
 * layer, one number.
 *
 * <p>Its weights are named as PyTorch names those of {@code self.conv_net = nn.Sequential(Conv2d,
 * activation, Conv2d, …)} and {@code self.energy_head = nn.Sequential(Flatten, Linear, activation,
 * Linear)}.
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
  private static final String HIDDEN = "energy_head.1";
  private static final String OUTPUT = "energy_head.3";

  private static String convolution(int i) {
    return "conv_net." + 2 * i;
  }

  public Conv {
    Check.notEmpty("channels", channels);
    channels.forEach(count -> Check.positive("channels", count));
    strides.forEach(stride -> Check.positive("strides", stride));
    Check.that(
        strides.size() == channels.size(),
        "strides",
        "must have one entry per convolution, got " + strides.size() + " for " + channels.size());
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
      Layers.declareRenamed(
          parameters, convolution(i), "conv" + i, channels.get(i), in, KERNEL, KERNEL);
      in = channels.get(i);
      height = (height + stride - 1) / stride;
      width = (width + stride - 1) / stride;
    }
    Layers.declareRenamed(parameters, HIDDEN, "hidden", hidden, in * height * width);
    Layers.declareRenamed(parameters, OUTPUT, "output", 1, hidden);
    return ParameterLayout.of(parameters);
  }

  @Override
  public Tensor energy(Tensor x, Weights weights) {
    Tensor h = x;
    for (int i = 0; i < channels.size(); i++) {
      Tensor weight = weights.get(convolution(i) + ".weight");
      Tensor bias = weights.get(convolution(i) + ".bias");
      h = activation.apply(h.convolution(weight, bias, strides.get(i), 1));
    }
    h = activation.apply(Layers.linear(h.flattenRows(), weights, HIDDEN));
    return Layers.linear(h, weights, OUTPUT).squeeze(1);
  }

  @Override
  public OnnxValue onnx(OnnxValue x, Weights weights) {
    OnnxValue h = x;
    for (int i = 0; i < channels.size(); i++) {
      Tensor weight = weights.get(convolution(i) + ".weight");
      Tensor bias = weights.get(convolution(i) + ".bias");
      h = activation.apply(h.convolution(weight, bias, strides.get(i), 1));
    }
    h = activation.apply(Layers.linear(h.flattenRows(), weights, HIDDEN));
    return Layers.linear(h, weights, OUTPUT).squeeze();
  }
}
