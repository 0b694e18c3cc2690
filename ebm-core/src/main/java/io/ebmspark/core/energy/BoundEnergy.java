package io.ebmspark.core.energy;

import io.ebmspark.core.engine.Tensor;
import io.ebmspark.core.engine.TensorScope;
import java.util.Optional;

/** An energy together with the weights it is evaluated at: a function of x alone. */
public record BoundEnergy(Energy energy, Weights weights) {
  /**
   * The energy of each row, differentiable in x and in the weights.
   *
   * @param x (batch, …shape)
   * @return (batch)
   */
  public Tensor at(Tensor x) {
    return energy.energy(x, weights.in(x.scope()));
  }

  /**
   * The energy of each row, with no graph recorded: for samplers.
   *
   * @param x (batch, …shape)
   * @return (batch)
   */
  public Tensor value(Tensor x) {
    return energy.energy(x, weights.detached().in(x.scope()));
  }

  /** The gradient of each row's energy with respect to the row; see {@link Energy#gradient}. */
  public Tensor gradient(Tensor x) {
    return energy.gradient(x, weights.in(x.scope()));
  }

  /**
   * The energy as a program's source, if it has one; see {@link EnergyScript}.
   *
   * @param scope where what is made of the weights belongs
   */
  public Optional<EnergyScript.Compilable> script(TensorScope scope) {
    return EnergyScript.of(energy, weights.in(scope));
  }
}
