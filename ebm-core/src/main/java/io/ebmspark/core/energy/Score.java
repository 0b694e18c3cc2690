package io.ebmspark.core.energy;

import io.ebmspark.core.engine.Gradients;
import io.ebmspark.core.engine.Tensor;
import java.util.function.UnaryOperator;

/**
 * The energies of rows and their gradients in x, with the way back from the gradients to the
 * parameters: all that a loss made of {@code ∇E(x)} needs.
 *
 * <p>By automatic differentiation, unless an energy knows a shorter way, which records no graph.
 */
public interface Score {
  /** (batch) */
  Tensor energies();

  /** {@code ∇E(x)}, (batch, …shape). */
  Tensor gradients();

  /**
   * The gradient in the parameters of {@code Σ vᵢ·∇E(xᵢ)}. Where a loss's derivative in {@code
   * ∇E(xᵢ)} is vᵢ, this is the gradient of the losses' sum.
   *
   * @param v (batch, …shape), a constant
   * @param parameters the whole vector, which the energy's weights view
   * @return of the shape of {@code parameters}
   */
  Tensor pullBack(Tensor v, Tensor parameters);

  /** The score of an energy as it is written, by automatic differentiation. */
  static Score automatic(UnaryOperator<Tensor> energy, Tensor x) {
    Tensor leaf = x.leaf();
    Tensor energies = energy.apply(leaf);
    Tensor gradients = Gradients.differentiable(energies, leaf);
    return of(
        energies,
        gradients,
        (v, parameters) -> Gradients.of(gradients.mul(v.detach()), parameters));
  }

  /** See {@link Score#pullBack}. */
  @FunctionalInterface
  interface PullBack {
    Tensor of(Tensor v, Tensor parameters);
  }

  /** A score of its parts. */
  static Score of(Tensor energies, Tensor gradients, PullBack pullBack) {
    return new Score() {
      @Override
      public Tensor energies() {
        return energies;
      }

      @Override
      public Tensor gradients() {
        return gradients;
      }

      @Override
      public Tensor pullBack(Tensor v, Tensor parameters) {
        return pullBack.of(v, parameters);
      }
    };
  }

  /**
   * The score of {@code c·E(a·x) + ½q‖x‖²}.
   *
   * @param x where this score was taken at {@code a·x}
   */
  default Score scaled(double c, double a, double q, Tensor x) {
    Tensor energies = energies().mul(c);
    Tensor gradients = gradients().mul(c * a);
    if (q != 0) {
      energies = energies.add(x.square().sumPerRow().mul(q / 2));
      gradients = gradients.add(x.mul(q));
    }
    return of(energies, gradients, (v, parameters) -> pullBack(v.mul(c * a), parameters));
  }

  /** The score of the sum of this energy and another, at the same x. */
  default Score plus(Score other) {
    return of(
        energies().add(other.energies()),
        gradients().add(other.gradients()),
        (v, parameters) -> pullBack(v, parameters).add(other.pullBack(v, parameters)));
  }
}
