package io.ebmspark.core.energy;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The named parts of one flat parameter vector, in order.
 *
 * <p>Everything outside an energy (broadcast, sum, clip, optimise, average, save) sees only the
 * vector; only the energy sees the parts.
 */
public final class ParameterLayout {
  /** The layout of an energy that learns nothing. */
  public static final ParameterLayout EMPTY = new ParameterLayout(List.of());

  private final List<Parameter> parameters;
  private final Map<String, Integer> positions = new LinkedHashMap<>();
  private final long size;

  private ParameterLayout(List<Parameter> parameters) {
    this.parameters = List.copyOf(parameters);
    long total = 0;
    for (int i = 0; i < parameters.size(); i++) {
      if (positions.put(parameters.get(i).name(), i) != null) {
        throw new IllegalArgumentException(
            "two parameters are named '" + parameters.get(i).name() + "'");
      }
      total += parameters.get(i).size();
    }
    this.size = total;
  }

  /** A layout of the given parts. */
  public static ParameterLayout of(Parameter... parameters) {
    return new ParameterLayout(List.of(parameters));
  }

  /** A layout of the given parts. */
  public static ParameterLayout of(List<Parameter> parameters) {
    return new ParameterLayout(parameters);
  }

  /** This layout, followed by another whose names are put under {@code prefix}. */
  public ParameterLayout and(String prefix, ParameterLayout other) {
    List<Parameter> joined = new ArrayList<>(parameters);
    for (Parameter parameter : other.parameters) {
      joined.add(parameter.under(prefix));
    }
    return new ParameterLayout(joined);
  }

  /** This layout, followed by more parts. */
  ParameterLayout and(Parameter... more) {
    List<Parameter> joined = new ArrayList<>(parameters);
    joined.addAll(List.of(more));
    return new ParameterLayout(joined);
  }

  /** The parts, in the order of the vector. */
  public List<Parameter> parameters() {
    return parameters;
  }

  /** The length of the whole vector. */
  public int size() {
    return Math.toIntExact(size);
  }

  boolean has(String name) {
    return positions.containsKey(name);
  }

  /** The position of a part among {@link #parameters()}. */
  int position(String name) {
    Integer position = positions.get(name);
    if (position == null) {
      throw new IllegalArgumentException(
          "no parameter is named '" + name + "'; declared: " + positions.keySet());
    }
    return position;
  }

  /**
   * Fresh values for the whole vector.
   *
   * @param seed the run's seed: the same seed gives the same bits
   */
  public float[] initialise(long seed) {
    float[] values = new float[size()];
    int offset = 0;
    for (int i = 0; i < parameters.size(); i++) {
      Parameter parameter = parameters.get(i);
      parameter.initializer().fill(values, offset, parameter.shape(), seed, i);
      offset += parameter.size();
    }
    return values;
  }
}
