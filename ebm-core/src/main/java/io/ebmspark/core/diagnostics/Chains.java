package io.ebmspark.core.diagnostics;

import io.ebmspark.core.random.NormalQuantile;
import java.util.Arrays;
import java.util.function.DoubleUnaryOperator;

/** What the diagnostics share: split chains and rank-normalised draws (Vehtari et al. 2021). */
final class Chains {
  private Chains() {}

  /**
   * Rejects chains that have no diagnostics.
   *
   * @throws IllegalArgumentException if there are no chains, or not all of one length
   */
  static void check(double[][] chains) {
    if (chains.length == 0) {
      throw new IllegalArgumentException("there are no chains");
    }
    for (double[] chain : chains) {
      if (chain.length != chains[0].length) {
        throw new IllegalArgumentException(
            "chains have " + chains[0].length + " and " + chain.length + " draws");
      }
    }
  }

  /** Whether a diagnostic is a number: at least four draws per chain, all finite. */
  static boolean answerable(double[][] chains) {
    return chains[0].length >= 4
        && Arrays.stream(chains).flatMapToDouble(Arrays::stream).allMatch(Double::isFinite);
  }

  /**
   * Each chain's first and last half as chains of their own; an odd draw in the middle is left out.
   */
  static double[][] split(double[][] chains) {
    int half = chains[0].length / 2;
    double[][] split = new double[2 * chains.length][];
    for (int i = 0; i < chains.length; i++) {
      double[] chain = chains[i];
      split[i] = Arrays.copyOf(chain, half);
      split[chains.length + i] = Arrays.copyOfRange(chain, chain.length - half, chain.length);
    }
    return split;
  }

  /** Draws replaced by the normal quantiles of their ranks over all chains (equation 14). */
  static double[][] rankNormalised(double[][] chains) {
    double[] sorted = sorted(chains);
    int n = sorted.length;
    return map(
        chains,
        value -> {
          int first = lowerBound(sorted, value);
          int last = first;
          while (last < n && sorted[last] == value) {
            last++;
          }
          double rank = (first + 1 + last) / 2.0; // ties share their mean rank
          return NormalQuantile.at((rank - 0.375) / (n + 0.25));
        });
  }

  static double[][] map(double[][] chains, DoubleUnaryOperator function) {
    return Arrays.stream(chains)
        .map(chain -> Arrays.stream(chain).map(function).toArray())
        .toArray(double[][]::new);
  }

  /** The quantile of all draws, interpolated linearly between order statistics. */
  static double quantile(double[][] chains, double probability) {
    double[] sorted = sorted(chains);
    double at = probability * (sorted.length - 1);
    int below = (int) at;
    int above = Math.min(below + 1, sorted.length - 1);
    return sorted[below] + (at - below) * (sorted[above] - sorted[below]);
  }

  static double mean(double[] values) {
    return Arrays.stream(values).sum() / values.length;
  }

  /** The unbiased variance. */
  static double variance(double[] values) {
    double mean = mean(values);
    double sum = 0;
    for (double value : values) {
      sum += (value - mean) * (value - mean);
    }
    return sum / (values.length - 1);
  }

  static double[] means(double[][] chains) {
    return Arrays.stream(chains).mapToDouble(Chains::mean).toArray();
  }

  private static double[] sorted(double[][] chains) {
    return Arrays.stream(chains).flatMapToDouble(Arrays::stream).sorted().toArray();
  }

  private static int lowerBound(double[] sorted, double value) {
    int low = 0;
    int high = sorted.length;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (sorted[middle] < value) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }
}
