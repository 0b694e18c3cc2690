package io.ebmspark.core.energy;

import io.ebmspark.core.random.Purpose;
import io.ebmspark.core.random.RandomStream;
import java.util.Arrays;

/** How a parameter is initialised. */
@FunctionalInterface
public interface Initializer {
  /**
   * Writes the values of one parameter.
   *
   * @param values the whole vector
   * @param offset where the parameter starts in it
   * @param shape the parameter's axes
   * @param seed the run's seed
   * @param index the parameter's position in its layout: its address in the random stream
   */
  void fill(float[] values, int offset, long[] shape, long seed, int index);

  /** Every value the same. */
  static Initializer constant(double value) {
    return (values, offset, shape, seed, index) ->
        Arrays.fill(values, offset, offset + size(shape), (float) value);
  }

  /** Uniform on (−bound, bound). */
  static Initializer uniform(double bound) {
    return (values, offset, shape, seed, index) -> {
      int end = offset + size(shape);
      RandomStream.of(seed, Purpose.INITIALISATION, 0).uniforms(index, 0, values, offset, end);
      for (int i = offset; i < end; i++) {
        values[i] = (float) (bound * (2 * values[i] - 1));
      }
    };
  }

  /** Normal with mean 0. */
  static Initializer normal(double standardDeviation) {
    return (values, offset, shape, seed, index) -> {
      int end = offset + size(shape);
      RandomStream.of(seed, Purpose.INITIALISATION, 0).normals(index, 0, values, offset, end);
      for (int i = offset; i < end; i++) {
        values[i] = (float) (standardDeviation * values[i]);
      }
    };
  }

  /**
   * PyTorch's default for linear and convolution layers: uniform on (−1/√fanIn, 1/√fanIn).
   *
   * @param fanIn inputs of one output
   */
  static Initializer fanIn(long fanIn) {
    return uniform(1 / Math.sqrt((double) fanIn));
  }

  private static int size(long[] shape) {
    return new Parameter("", shape, (v, o, s, e, i) -> {}).size();
  }
}
