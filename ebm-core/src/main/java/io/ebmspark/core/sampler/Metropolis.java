package io.ebmspark.core.sampler;

import io.ebmspark.core.engine.Tensor;
import io.ebmspark.core.engine.TensorScope;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * The rule that makes a proposal exact (Metropolis et al. 1953; Hastings 1970): move there with
 * probability {@code min(1, exp(logRatio))}, stay otherwise.
 */
final class Metropolis {
  private Metropolis() {}

  /**
   * Which chains move to their proposal.
   *
   * @param to the proposals; one that is not finite, or has no finite ratio, is rejected
   * @param logRatio one number per chain
   */
  static boolean[] accepts(Tensor to, double[] logRatio, ChainNoise noise, int step) {
    double[] chances = noise.chances(step);
    double[] proposed = to.toDoubles();
    int width = proposed.length / logRatio.length;
    boolean[] accepted = new boolean[logRatio.length];
    for (int chain = 0; chain < accepted.length; chain++) {
      accepted[chain] =
          StrictMath.log(chances[chain]) < logRatio[chain]
              && isFinite(proposed, chain * width, width);
    }
    return accepted;
  }

  /**
   * Each chain's row of one tensor or the other.
   *
   * @param from (chains, …) used where a chain stays
   * @param to used where it was {@code accepted}
   */
  static Tensor choose(Tensor from, Tensor to, boolean[] accepted) {
    // In Java: a masked sum would let a rejected NaN through, and torch.where is slower than this.
    double[] chosen = from.toDoubles();
    double[] proposed = to.toDoubles();
    int width = chosen.length / accepted.length;
    for (int chain = 0; chain < accepted.length; chain++) {
      if (accepted[chain]) {
        System.arraycopy(proposed, chain * width, chosen, chain * width, width);
      }
    }
    return from.scope().upload(chosen, from.shape());
  }

  /** One for each chain that was accepted, as a tensor. */
  static Tensor counted(boolean[] accepted, TensorScope scope) {
    float[] ones = new float[accepted.length];
    for (int chain = 0; chain < ones.length; chain++) {
      ones[chain] = accepted[chain] ? 1 : 0;
    }
    return scope.upload(ones, ones.length);
  }

  /** Minus infinity for the proposals that leave a range: the density there is 0. */
  static void refuseOutside(Tensor to, Optional<List<Double>> range, double[] logRatio) {
    range.ifPresent(
        bounds -> {
          double[] proposed = to.toDoubles();
          int width = proposed.length / logRatio.length;
          for (int i = 0; i < proposed.length; i++) {
            if (proposed[i] < bounds.get(0) || proposed[i] > bounds.get(1)) {
              logRatio[i / width] = Double.NEGATIVE_INFINITY;
            }
          }
        });
  }

  private static boolean isFinite(double[] values, int first, int count) {
    return Arrays.stream(values, first, first + count).allMatch(Double::isFinite);
  }
}
