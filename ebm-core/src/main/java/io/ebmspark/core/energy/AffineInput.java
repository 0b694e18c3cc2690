package io.ebmspark.core.energy;

import io.ebmspark.core.engine.Tensor;
import io.ebmspark.core.onnx.OnnxValue;

/**
 * An energy seen from other units, {@code E'(x) = E(a⊙x + b) − T·Σ log|aᵢ|}: the density of {@code
 * x} where {@code a⊙x + b} has the density {@code exp(−E/T)}. With the last term, a normalised
 * density stays one.
 */
public final class AffineInput extends PreparedEnergy {
  private final PreparedEnergy energy;
  private final Tensor factor;
  private final Tensor shift;
  private final double constant;

  /**
   * Wraps an energy.
   *
   * @param shape the shape of one row
   * @param factor a, one number an element of a row, none of them 0
   * @param shift b, likewise
   * @param temperature the density's T
   */
  public AffineInput(
      PreparedEnergy energy, long[] shape, double[] factor, double[] shift, double temperature) {
    super(energy.scope());
    this.energy = energy;
    this.factor = energy.scope().upload(factor, shape);
    this.shift = energy.scope().upload(shift, shape);
    double logs = 0;
    for (double each : factor) {
      logs += Math.log(Math.abs(each));
    }
    this.constant = temperature * logs;
  }

  @Override
  public Tensor at(Tensor x) {
    return energy.at(inside(x)).sub(constant);
  }

  @Override
  public Tensor value(Tensor x) {
    return energy.value(inside(x)).sub(constant);
  }

  @Override
  public Tensor gradient(Tensor x) {
    return energy.gradient(inside(x)).mul(factor);
  }

  @Override
  public OnnxValue onnx(OnnxValue x) {
    return energy.onnx(x.mul(factor).add(shift)).add(-constant);
  }

  private Tensor inside(Tensor x) {
    return x.mul(factor).add(shift);
  }
}
