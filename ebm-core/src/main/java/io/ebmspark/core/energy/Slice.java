package io.ebmspark.core.energy;

import io.ebmspark.core.engine.Gradients;
import io.ebmspark.core.engine.Tensor;
import java.util.function.UnaryOperator;

/**
 * The energies of rows and their first two derivatives along a direction of each row's own, with
 * the way back to the parameters: all that sliced losses need.
 *
 * <p>By automatic differentiation, unless an energy knows a shorter way, which records no graph.
 *
 * @param energies (batch)
 * @param slopes {@code vᵀ∇E(x)}, (batch)
 * @param curvatures {@code vᵀ∇²E(x)v}, (batch)
 * @param pullBack the way back to the parameters
 */
public record Slice(Tensor energies, Tensor slopes, Tensor curvatures, PullBack pullBack) {
  /** How the gradient in the parameters is found. */
  @FunctionalInterface
  public interface PullBack {
    /**
     * Adds the gradient in the parameters of {@code Σ aᵢ·slopeᵢ + bᵢ·curvatureᵢ}. Where a and b are
     * a loss's derivatives in the slope and the curvature, this is the gradient of the losses' sum.
     *
     * @param a (batch), a constant
     * @param b (batch), a constant
     * @param gradient in the whole vector, which the energy's weights view
     */
    void add(Tensor a, Tensor b, ParameterGradient gradient);
  }

  /** That gradient alone, added to nothing. */
  public Tensor pullBack(Tensor a, Tensor b, Tensor parameters) {
    return ParameterGradient.of(parameters, gradient -> pullBack.add(a, b, gradient));
  }

  /** The slice of an energy as it is written, by automatic differentiation. */
  static Slice automatic(UnaryOperator<Tensor> energy, Tensor x, Tensor v) {
    Tensor leaf = x.leaf();
    Tensor energies = energy.apply(leaf);
    Tensor slopes = Gradients.differentiable(energies, leaf).mul(v).sumPerRow();
    Tensor curvatures = Gradients.differentiable(slopes, leaf).mul(v).sumPerRow();
    return new Slice(
        energies,
        slopes,
        curvatures,
        (a, b, gradient) -> gradient.addOf(slopes.mul(a.detach()).add(curvatures.mul(b.detach()))));
  }

  /** The slice of the sum of this energy and another, at the same x along the same v. */
  Slice plus(Slice other) {
    return new Slice(
        energies.add(other.energies),
        slopes.add(other.slopes),
        curvatures.add(other.curvatures),
        (a, b, gradient) -> {
          pullBack.add(a, b, gradient);
          other.pullBack.add(a, b, gradient);
        });
  }

  /** The slice of this energy times a number. */
  Slice times(double factor) {
    return new Slice(
        energies.mul(factor),
        slopes.mul(factor),
        curvatures.mul(factor),
        (a, b, gradient) -> pullBack.add(a.mul(factor), b.mul(factor), gradient));
  }
}
