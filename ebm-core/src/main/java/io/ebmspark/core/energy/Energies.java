package io.ebmspark.core.energy;

import io.ebmspark.core.engine.Gradients;
import io.ebmspark.core.engine.Tensor;

/**
 * The energies of rows, with the way back from them to the parameters: all that a loss made of
 * {@code E(x)} alone needs.
 *
 * <p>By automatic differentiation, unless an energy knows a shorter way, which records no graph.
 *
 * @param perRow (batch)
 * @param pullBack the way back to the parameters
 */
public record Energies(Tensor perRow, PullBack pullBack) {
  /** How the gradient in the parameters is found. */
  @FunctionalInterface
  public interface PullBack {
    /**
     * The gradient in the parameters of {@code Σ cᵢ·E(xᵢ)}. Where a loss's derivative in {@code
     * E(xᵢ)} is cᵢ, this is the gradient of the losses' sum.
     *
     * @param c (batch), a constant
     * @param parameters the whole vector, which the energy's weights view
     * @return of the shape of {@code parameters}
     */
    Tensor of(Tensor c, Tensor parameters);
  }

  /** See {@link PullBack#of}. */
  public Tensor pullBack(Tensor c, Tensor parameters) {
    return pullBack.of(c, parameters);
  }

  /** Energies that were computed differentiably in the weights. */
  static Energies automatic(Tensor perRow) {
    return new Energies(
        perRow, (c, parameters) -> Gradients.of(perRow.mul(c.detach()), parameters));
  }

  /** Energies that do not depend on the parameters. */
  static Energies fixed(Tensor perRow) {
    return new Energies(perRow, (c, parameters) -> c.scope().zeros(parameters.count()));
  }

  /** The energies c·E. */
  Energies times(double factor) {
    return new Energies(
        perRow.mul(factor), (c, parameters) -> pullBack.of(c.mul(factor), parameters));
  }

  /** The sums of these energies and others, of the same rows. */
  Energies plus(Energies other) {
    return new Energies(
        perRow.add(other.perRow),
        (c, parameters) -> pullBack.of(c, parameters).add(other.pullBack.of(c, parameters)));
  }
}
