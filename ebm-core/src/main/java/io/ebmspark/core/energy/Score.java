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
        return Gradients.of(gradients.mul(v.detach()), parameters);
      }
    };
  }

  /** The score of {@code c·E(a·x) + ½q‖x‖²}, with this one taken at {@code a·x}. */
  default Score scaled(double c, double a, double q, Tensor x) {
    Score inner = this;
    Tensor energies = inner.energies().mul(c);
    Tensor gradients = inner.gradients().mul(c * a);
    boolean quadratic = q != 0;
    Tensor allEnergies = quadratic ? energies.add(x.square().sumPerRow().mul(q / 2)) : energies;
    Tensor allGradients = quadratic ? gradients.add(x.mul(q)) : gradients;
    return new Score() {
      @Override
      public Tensor energies() {
        return allEnergies;
      }

      @Override
      public Tensor gradients() {
        return allGradients;
      }

      @Override
      public Tensor pullBack(Tensor v, Tensor parameters) {
        return inner.pullBack(v.mul(c * a), parameters);
      }
    };
  }

  /** The score of the sum of this energy and another at the same x. */
  default Score plus(Score other) {
    Score one = this;
    Tensor energies = one.energies().add(other.energies());
    Tensor gradients = one.gradients().add(other.gradients());
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
        return one.pullBack(v, parameters).add(other.pullBack(v, parameters));
      }
    };
  }
}
