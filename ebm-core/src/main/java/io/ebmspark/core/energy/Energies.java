package io.ebmspark.core.energy;

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
     * Adds the gradient in the parameters of {@code Σ cᵢ·E(xᵢ)}. Where a loss's derivative in
     * {@code E(xᵢ)} is cᵢ, this is the gradient of the losses' sum.
     *
     * @param c (batch), a constant
     * @param gradient in the whole vector, which the energy's weights view
     */
    void add(Tensor c, ParameterGradient gradient);
  }

  /** That gradient alone, added to nothing. */
  public Tensor pullBack(Tensor c, Tensor parameters) {
    return ParameterGradient.of(parameters, gradient -> pullBack.add(c, gradient));
  }

  /** Energies that were computed differentiably in the weights. */
  static Energies automatic(Tensor perRow) {
    return new Energies(perRow, (c, gradient) -> gradient.addOf(perRow.mul(c.detach())));
  }

  /** Energies that do not depend on the parameters. */
  static Energies fixed(Tensor perRow) {
    return new Energies(perRow, (c, gradient) -> {});
  }

  /** The energies c·E. */
  Energies times(double factor) {
    return new Energies(perRow.mul(factor), (c, gradient) -> pullBack.add(c.mul(factor), gradient));
  }

  /** The sums of these energies and others, of the same rows. */
  Energies plus(Energies other) {
    return new Energies(
        perRow.add(other.perRow),
        (c, gradient) -> {
          pullBack.add(c, gradient);
          other.pullBack.add(c, gradient);
        });
  }
}
