package io.ebmspark.core.energy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * One named part of the parameter vector.
 *
 * @param shape its axes; empty for a scalar
 * @param initializer how it is initialised
 * @param formerNames what it was called in earlier releases: stored weights are read under these
 *     names too, and written under its own
 */
public record Parameter(
    String name, long[] shape, Initializer initializer, List<String> formerNames) {
  public Parameter {
    formerNames = List.copyOf(formerNames);
  }

  /** A part that has had no other name. */
  public Parameter(String name, long[] shape, Initializer initializer) {
    this(name, shape, initializer, List.of());
  }

  /** This part, which was called {@code former} in an earlier release. */
  public Parameter formerly(String former) {
    List<String> names = new ArrayList<>(formerNames);
    names.add(former);
    return new Parameter(name, shape, initializer, names);
  }

  /** The number of values. */
  public int size() {
    return Math.toIntExact(Arrays.stream(shape).reduce(1, Math::multiplyExact));
  }

  /** This part as one of an energy's that holds the energy it is declared by. */
  Parameter under(String prefix) {
    List<String> names = formerNames.stream().map(former -> prefix + "." + former).toList();
    return new Parameter(prefix + "." + name, shape, initializer, names);
  }

  /** This part with another initialisation. */
  Parameter startingAs(Initializer other) {
    return new Parameter(name, shape, other, formerNames);
  }
}
