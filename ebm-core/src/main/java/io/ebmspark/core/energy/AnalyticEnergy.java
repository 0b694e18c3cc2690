package io.ebmspark.core.energy;

import io.ebmspark.core.engine.Tensor;

/** An energy that learns nothing: a formula in x alone. */
@FunctionalInterface
public interface AnalyticEnergy extends Energy {
  /**
   * The energy of each row.
   *
   * @param x (batch, …shape)
   * @return (batch)
   */
  Tensor energy(Tensor x);

  @Override
  default Tensor energy(Tensor x, Weights weights) {
    return energy(x);
  }
}
