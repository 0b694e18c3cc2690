package io.ebmspark.core.energy;

import io.ebmspark.core.engine.Tensor;
import io.ebmspark.core.onnx.OnnxValue;
import java.util.List;
import java.util.Optional;

/**
 * An energy made of others, which prepares itself by preparing them; everything else follows from
 * that.
 */
interface Combination extends Energy {
  /** The others. */
  List<Energy> parts();

  @Override
  PreparedEnergy prepare(Weights weights);

  @Override
  default Tensor energy(Tensor x, Weights weights) {
    return prepare(weights).at(x);
  }

  @Override
  default Tensor gradient(Tensor x, Weights weights) {
    return prepare(weights).gradient(x);
  }

  @Override
  default Optional<EnergyScript.Expressions> script(EnergyScript script, Weights weights) {
    return prepare(weights).script(script);
  }

  @Override
  default OnnxValue onnx(OnnxValue x, Weights weights) {
    return prepare(weights).onnx(x);
  }
}
