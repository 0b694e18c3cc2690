package io.ebmspark.core.energy;

import io.ebmspark.core.engine.Tensor;
import java.util.Locale;
import java.util.function.UnaryOperator;

/** The nonlinearity between a network's layers; smooth ones suit second-order objectives. */
public enum Activation {
  SILU(Tensor::silu),
  SELU(Tensor::selu),
  ELU(Tensor::elu),
  GELU(Tensor::gelu),
  TANH(Tensor::tanh),
  SOFTPLUS(Tensor::softplus),
  RELU(Tensor::relu);

  private final UnaryOperator<Tensor> function;

  Activation(UnaryOperator<Tensor> function) {
    this.function = function;
  }

  /** Applies the function to each element. */
  public Tensor apply(Tensor x) {
    return function.apply(x);
  }

  /** The name programs know it by. */
  String programName() {
    return name().toLowerCase(Locale.ROOT);
  }
}
