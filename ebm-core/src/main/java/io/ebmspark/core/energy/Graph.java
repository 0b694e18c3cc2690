package io.ebmspark.core.energy;

import io.ebmspark.core.engine.Tensor;
import io.ebmspark.core.onnx.OnnxValue;
import io.ebmspark.core.settings.Check;
import io.ebmspark.core.settings.Setting;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A message-passing energy of graphs (Gilmer et al. 2017): invariant to the order of the nodes.
 *
 * <p>A row of shape [n, features + n] holds for each of n nodes its features, then its row of the
 * adjacency matrix A. With {@code h₀ = φ(XW₀ + b₀)}, each round is {@code h ← h + φ(hW + (A/n)hV +
 * b)}; the nodes' mean goes through one hidden layer to one number. Both features and adjacency are
 * differentiable.
 */
public record Graph(
    @Setting("number of features of a node") int features,
    @Setting(value = "width of a node's state", defaultsTo = "32") int width,
    @Setting(value = "rounds of message passing", defaultsTo = "2") int rounds,
    @Setting(value = "nonlinearity between layers", defaultsTo = "silu") Activation activation)
    implements Energy {
  public Graph {
    Check.positive("features", features);
    Check.positive("width", width);
    Check.positive("rounds", rounds);
  }

  @Override
  public ParameterLayout parameters(long... shape) {
    if (shape.length != 2 || shape[1] != features + shape[0]) {
      throw new IllegalArgumentException(
          "a graph energy with "
              + features
              + " features takes rows of shape [nodes, "
              + features
              + " + nodes]: features, then adjacency; got "
              + Arrays.toString(shape)
              + "; set data.shape or energy.features");
    }
    List<Parameter> parameters = new ArrayList<>();
    Layers.declare(parameters, "input", width, features);
    for (int round = 0; round < rounds; round++) {
      Layers.declare(parameters, "round" + round + ".self", width, width);
      Layers.declare(parameters, "round" + round + ".neighbours", width, width);
    }
    Layers.declare(parameters, "hidden", width, width);
    Layers.declare(parameters, "output", 1, width);
    return ParameterLayout.of(parameters);
  }

  @Override
  public Tensor energy(Tensor x, Weights weights) {
    long nodes = x.size(1);
    Tensor adjacency = x.slice(2, features, features + nodes).div((double) nodes);
    Tensor h = activation.apply(Layers.linear(x.slice(2, 0, features), weights, "input"));
    for (int round = 0; round < rounds; round++) {
      Weights layers = weights.under("round" + round);
      Tensor messages = Layers.linear(adjacency.matmul(h), layers, "neighbours");
      h = h.add(activation.apply(Layers.linear(h, layers, "self").add(messages)));
    }
    Tensor pooled = h.sum(1).div((double) nodes);
    Tensor hidden = activation.apply(Layers.linear(pooled, weights, "hidden"));
    return Layers.linear(hidden, weights, "output").squeeze(1);
  }

  @Override
  public OnnxValue onnx(OnnxValue x, Weights weights) {
    long nodes = x.shape()[0];
    OnnxValue adjacency = x.slice(2, features, features + nodes).mul(1.0 / nodes);
    OnnxValue h = activation.apply(Layers.linear(x.slice(2, 0, features), weights, "input"));
    for (int round = 0; round < rounds; round++) {
      Weights layers = weights.under("round" + round);
      OnnxValue messages = Layers.linear(adjacency.matmul(h), layers, "neighbours");
      h = h.add(activation.apply(Layers.linear(h, layers, "self").add(messages)));
    }
    OnnxValue pooled = h.sum(1).mul(1.0 / nodes);
    OnnxValue hidden = activation.apply(Layers.linear(pooled, weights, "hidden"));
    return Layers.linear(hidden, weights, "output").squeeze();
  }
}
