package io.ebmspark.core.energy;

import java.util.Arrays;

/**
 * One named part of the parameter vector.
 *
 * @param shape its axes; empty for a scalar
 * @param initializer how it starts
 */
public record Parameter(String name, long[] shape, Initializer initializer) {
  /** The number of values. */
  public int size() {
    return Math.toIntExact(Arrays.stream(shape).reduce(1, Math::multiplyExact));
  }

  Parameter named(String other) {
    return new Parameter(other, shape, initializer);
  }
}
