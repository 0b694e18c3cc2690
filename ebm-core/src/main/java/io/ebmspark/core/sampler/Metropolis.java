package io.ebmspark.core.sampler;

import io.ebmspark.core.engine.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * The rule that makes a proposal exact (Metropolis et al. 1953; Hastings 1970): go there with
 * probability {@code min(1, exp(logRatio))}, stay otherwise.
 */
final class Metropolis {
  private Metropolis() {}

  /**
   * Each chain's next state.
   *
   * @param from (chains, …shape)
   * @param to the proposals; one that is not finite, or has no finite ratio, is refused
   * @param logRatio one number a chain
   */
  static Tensor choose(Tensor from, Tensor to, double[] logRatio, ChainNoise noise, int step) {
    double[] chances = noise.chances(step);
    // In Java: a masked sum would let a refused NaN through, and torch.where is slower than this.
    double[] chosen = from.toDoubles();
    double[] proposed = to.toDoubles();
    int width = chosen.length / logRatio.length;
    for (int chain = 0; chain < logRatio.length; chain++) {
      int first = chain * width;
      if (StrictMath.log(chances[chain]) < logRatio[chain] && isFinite(proposed, first, width)) {
        System.arraycopy(proposed, first, chosen, first, width);
      }
    }
    return from.scope().upload(chosen, from.shape());
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
