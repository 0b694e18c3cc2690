package io.ebmspark.core.energy;

import io.ebmspark.core.engine.Tensor;
import io.ebmspark.core.onnx.OnnxValue;
import java.util.List;

/** The layers networks are made of: what each declares, and what it computes. */
final class Layers {
  private Layers() {}

  /** Declares {@code name.weight} (out, …inputs) and {@code name.bias} (out), as PyTorch does. */
  static void declare(List<Parameter> parameters, String name, long out, long... inputs) {
    parameters.addAll(layer(name, out, inputs));
  }

  /** The same for a layer that was called {@code former} in an earlier release. */
  static void declareRenamed(
      List<Parameter> parameters, String name, String former, long out, long... inputs) {
    for (Parameter parameter : layer(name, out, inputs)) {
      parameters.add(parameter.formerly(former + parameter.name().substring(name.length())));
    }
  }

  private static List<Parameter> layer(String name, long out, long... inputs) {
    long[] weight = new long[inputs.length + 1];
    weight[0] = out;
    System.arraycopy(inputs, 0, weight, 1, inputs.length);
    long fanIn = 1;
    for (long axis : inputs) {
      fanIn *= axis;
    }
    Initializer initializer = Initializer.fanIn(fanIn);
    return List.of(
        new Parameter(name + ".weight", weight, initializer),
        new Parameter(name + ".bias", new long[] {out}, initializer));
  }

  /** {@code xWᵀ + b} over the last axis of x. */
  static Tensor linear(Tensor x, Weights weights, String name) {
    return x.linear(weights.get(name + ".weight"), weights.get(name + ".bias"));
  }

  /** The same in ONNX. */
  static OnnxValue linear(OnnxValue x, Weights weights, String name) {
    return x.linear(weights.get(name + ".weight"), weights.get(name + ".bias"));
  }

  /** Declares the gain and offset of a layer normalisation over {@code width} features. */
  static void declareNorm(List<Parameter> parameters, String name, long width) {
    parameters.add(new Parameter(name + ".gain", new long[] {width}, Initializer.constant(1)));
    parameters.add(new Parameter(name + ".bias", new long[] {width}, Initializer.constant(0)));
  }

  /** Layer normalisation (Ba, Kiros and Hinton 2016) over the last axis of x, in ONNX. */
  static OnnxValue norm(OnnxValue x, Weights weights, String name) {
    return x.layerNorm(weights.get(name + ".gain"), weights.get(name + ".bias"));
  }
}
