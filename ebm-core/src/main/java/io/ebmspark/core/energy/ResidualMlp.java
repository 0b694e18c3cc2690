package io.ebmspark.core.energy;

import io.ebmspark.core.engine.Tensor;
import io.ebmspark.core.onnx.OnnxValue;
import io.ebmspark.core.settings.Check;
import io.ebmspark.core.settings.Setting;
import java.util.ArrayList;
import java.util.List;

/**
 * A fully connected network with residual connections (He et al. 2016, equation 1): {@code h₀ = W₀x
 * + b₀}, {@code h_l = h_{l−1} + V_l φ(W_l φ(h_{l−1}) + b_l) + c_l}, {@code E(x) = w·φ(h_L) + b}.
 */
public record ResidualMlp(
    @Setting(value = "width of the hidden state", defaultsTo = "64") int width,
    @Setting(value = "number of residual blocks", defaultsTo = "2") int blocks,
    @Setting(value = "nonlinearity between layers", defaultsTo = "silu") Activation activation)
    implements Energy {
  public ResidualMlp {
    Check.positive("width", width);
    Check.positive("blocks", blocks);
  }

  @Override
  public ParameterLayout parameters(long... shape) {
    if (shape.length != 1) {
      throw new IllegalArgumentException(
          "a residual-mlp takes rows of one axis, got "
              + shape.length
              + " axes; leave out data.shape");
    }
    List<Parameter> parameters = new ArrayList<>();
    Layers.declare(parameters, "input", width, shape[0]);
    for (int block = 0; block < blocks; block++) {
      Layers.declare(parameters, "block" + block + ".inner", width, width);
      Layers.declare(parameters, "block" + block + ".outer", width, width);
    }
    Layers.declare(parameters, "output", 1, width);
    return ParameterLayout.of(parameters);
  }

  @Override
  public Tensor energy(Tensor x, Weights weights) {
    Tensor h = Layers.linear(x, weights, "input");
    for (int block = 0; block < blocks; block++) {
      Weights layers = weights.under("block" + block);
      Tensor inner = activation.apply(Layers.linear(activation.apply(h), layers, "inner"));
      h = h.add(Layers.linear(inner, layers, "outer"));
    }
    return Layers.linear(activation.apply(h), weights, "output").squeeze(1);
  }

  @Override
  public OnnxValue onnx(OnnxValue x, Weights weights) {
    OnnxValue h = Layers.linear(x, weights, "input");
    for (int block = 0; block < blocks; block++) {
      Weights layers = weights.under("block" + block);
      OnnxValue inner = activation.apply(Layers.linear(activation.apply(h), layers, "inner"));
      h = h.add(Layers.linear(inner, layers, "outer"));
    }
    return Layers.linear(activation.apply(h), weights, "output").squeeze();
  }
}
