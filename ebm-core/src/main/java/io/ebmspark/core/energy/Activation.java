package io.ebmspark.core.energy;

import io.ebmspark.core.engine.Tensor;
import io.ebmspark.core.onnx.OnnxValue;
import io.ebmspark.core.program.Sources;
import java.util.Locale;

/** The nonlinearity between a network's layers; smooth ones suit second-order objectives. */
public enum Activation {
  SILU,
  SELU,
  ELU,
  GELU,
  TANH,
  SOFTPLUS,
  RELU;

  /** All of them and their derivatives, by name, for the programs of networks. */
  static final String PROGRAM = Sources.text(Activation.class, "activation.py");

  /** Applies the function to each element. */
  public Tensor apply(Tensor x) {
    return switch (this) {
      case SILU -> x.silu();
      case SELU -> x.selu();
      case ELU -> x.elu();
      case GELU -> x.gelu();
      case TANH -> x.tanh();
      case SOFTPLUS -> x.softplus();
      case RELU -> x.relu();
    };
  }

  /** The same in ONNX. */
  OnnxValue apply(OnnxValue x) {
    return switch (this) {
      case SILU -> x.mul(x.sigmoid());
      case SELU -> x.selu();
      case ELU -> x.elu();
      case GELU -> x.mul(x.mul(Math.sqrt(0.5)).erf().add(1)).mul(0.5);
      case TANH -> x.tanh();
      case SOFTPLUS -> x.softplus();
      case RELU -> x.relu();
    };
  }

  /** Its name in TorchScript programs. */
  String programName() {
    return name().toLowerCase(Locale.ROOT);
  }
}
