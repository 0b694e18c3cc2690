package io.ebmspark.core.energy;

import io.ebmspark.core.engine.Gradients;
import io.ebmspark.core.engine.Tensor;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * The energies of rows and their gradients in x, with the way back from the gradients to the
 * parameters: all that a loss made of {@code ∇E(x)} needs.
 *
 * <p>By automatic differentiation, unless an energy knows a shorter way, which records no graph.
 *
 * @param energies (batch)
 * @param gradients {@code ∇E(x)}, (batch, …shape)
 * @param pullBack the way back to the parameters
 */
public record Score(Tensor energies, Tensor gradients, PullBack pullBack) {
  /** How the gradient in the parameters is found. */
  @FunctionalInterface
  public interface PullBack {
    /**
     * Adds the gradient in the parameters of {@code Σ vᵢ·∇E(xᵢ)}. Where a loss's derivative in
     * {@code ∇E(xᵢ)} is vᵢ, this is the gradient of the losses' sum.
     *
     * @param v (batch, …shape), a constant
     * @param gradient in the whole vector, which the energy's weights view
     */
    void add(Tensor v, ParameterGradient gradient);
  }

  /** That gradient alone, added to nothing. */
  public Tensor pullBack(Tensor v, Tensor parameters) {
    return ParameterGradient.of(parameters, gradient -> pullBack.add(v, gradient));
  }

  /** The score of an energy as it is written, by automatic differentiation. */
  static Score automatic(UnaryOperator<Tensor> energy, Tensor x) {
    Tensor leaf = x.leaf();
    Tensor energies = energy.apply(leaf);
    Tensor gradients = Gradients.differentiable(energies, leaf);
    return new Score(
        energies, gradients, (v, gradient) -> gradient.addOf(gradients.mul(v.detach())));
  }

  /**
   * The score of {@code c·E(a·x) + ½q‖x‖²}.
   *
   * @param x where this score was taken at {@code a·x}
   */
  Score scaled(double c, double a, double q, Tensor x) {
    Tensor scaled = energies.mul(c);
    Tensor slopes = gradients.mul(c * a);
    if (q != 0) {
      scaled = scaled.add(x.square().sumPerRow().mul(q / 2));
      slopes = slopes.add(x.mul(q));
    }
    return new Score(scaled, slopes, (v, gradient) -> pullBack.add(v.mul(c * a), gradient));
  }

  /** The score of the sum of this energy and another, at the same x. */
  Score plus(Score other) {
    return new Score(
        energies.add(other.energies),
        gradients.add(other.gradients),
        (v, gradient) -> {
          pullBack.add(v, gradient);
          other.pullBack.add(v, gradient);
        });
  }

  /** This score as that of a stack of one network, with an axis of networks before all others. */
  Score asStack() {
    return new Score(
        energies.unsqueeze(0),
        gradients.unsqueeze(0),
        (v, gradient) -> pullBack.add(v.squeeze(0), gradient));
  }

  /** The score of the one network of a stack. */
  Score ofStack() {
    return new Score(
        energies.squeeze(0),
        gradients.squeeze(0),
        (v, gradient) -> pullBack.add(v.unsqueeze(0), gradient));
  }

  /** Scores one behind the other, along the first axis of what they are of. */
  static Score joined(List<Score> scores) {
    if (scores.size() == 1) {
      return scores.get(0);
    }
    long[] lengths = scores.stream().mapToLong(each -> each.energies.size(0)).toArray();
    return new Score(
        Tensor.concatenate(scores.stream().map(Score::energies).toList(), 0),
        Tensor.concatenate(scores.stream().map(Score::gradients).toList(), 0),
        (v, gradient) -> {
          List<Tensor> parts = v.split(0, lengths);
          for (int i = 0; i < lengths.length; i++) {
            scores.get(i).pullBack.add(parts.get(i), gradient);
          }
        });
  }
}
