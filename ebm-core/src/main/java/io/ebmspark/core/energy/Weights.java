package io.ebmspark.core.energy;

import io.ebmspark.core.engine.Tensor;
import io.ebmspark.core.engine.TensorScope;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/**
 * The learnt values of an energy: one flat tensor, seen as the named parts its layout declares.
 *
 * <p>The parts are views: a gradient with respect to the flat tensor is the gradient with respect
 * to them all. Weights may be shared between threads; each views them {@link #in} its own scope.
 */
public final class Weights {
  private final ParameterLayout layout;
  private final Tensor flat;
  private final Views views;
  private final TensorScope scope;
  private final String prefix;

  /** The parts of one flat tensor, each kind cut once, when first asked for, and shared. */
  private static final class Views {
    final Supplier<List<Tensor>> parts;
    final Supplier<List<Tensor>> detachedParts;
    final Tensor detachedFlat;
    final boolean mapped;

    Views(ParameterLayout layout, Tensor flat) {
      mapped = false;
      detachedFlat = flat.detach();
      parts = PreparedEnergy.once(() -> cut(layout, flat));
      detachedParts = flat.isLeaf() ? PreparedEnergy.once(() -> cut(layout, detachedFlat)) : parts;
    }

    Views(List<Tensor> parts, Tensor detachedFlat) {
      this.mapped = true;
      this.parts = () -> parts;
      this.detachedParts = PreparedEnergy.once(() -> parts.stream().map(Tensor::detach).toList());
      this.detachedFlat = detachedFlat;
    }

    private static List<Tensor> cut(ParameterLayout layout, Tensor flat) {
      List<Parameter> parameters = layout.parameters();
      if (parameters.isEmpty()) {
        return List.of();
      }
      long[] sizes = parameters.stream().mapToLong(Parameter::size).toArray();
      List<Tensor> pieces = flat.split(0, sizes);
      List<Tensor> parts = new ArrayList<>(pieces.size());
      for (int i = 0; i < sizes.length; i++) {
        long[] shape = parameters.get(i).shape();
        parts.add(shape.length == 1 ? pieces.get(i) : pieces.get(i).reshape(shape));
      }
      return parts;
    }

    List<Tensor> of(boolean detached) {
      return (detached ? detachedParts : parts).get();
    }
  }

  private final boolean detached;

  private Weights(
      ParameterLayout layout,
      Tensor flat,
      Views views,
      TensorScope scope,
      String prefix,
      boolean detached) {
    this.layout = layout;
    this.flat = flat;
    this.views = views;
    this.scope = scope;
    this.prefix = prefix;
    this.detached = detached;
  }

  /**
   * Weights on {@code flat}.
   *
   * @param flat (layout.size()); made by {@link Tensor#leaf()} where gradients are wanted
   */
  public static Weights of(ParameterLayout layout, Tensor flat) {
    if (flat.dimension() != 1 || flat.size(0) != layout.size()) {
      throw new IllegalArgumentException(
          flat + " does not fit a layout of " + layout.size() + " values");
    }
    return new Weights(layout, flat, new Views(layout, flat), flat.scope(), "", false);
  }

  /** The named part, in the shape its layout declares. */
  public Tensor get(String name) {
    return views.of(detached).get(layout.position(prefix + name)).in(scope);
  }

  /** Whether the layout declares such a part. */
  boolean has(String name) {
    return layout.has(prefix + name);
  }

  /** All parts whose names begin with this view's prefix, in order. */
  public List<Tensor> all() {
    List<Tensor> found = new ArrayList<>();
    for (Parameter parameter : layout.parameters()) {
      if (parameter.name().startsWith(prefix)) {
        found.add(get(parameter.name().substring(prefix.length())));
      }
    }
    return found;
  }

  /** The weights of a part that was put under {@code name} by {@link ParameterLayout#and}. */
  public Weights under(String name) {
    return new Weights(layout, flat, views, scope, prefix + name + ".", detached);
  }

  /**
   * Weights with every part under this view replaced by a function of it, differentiably.
   *
   * @param function of a part's full name and values; returns the same shape
   */
  Weights map(PartFunction function) {
    List<Tensor> now = views.of(detached);
    List<Tensor> mapped = new ArrayList<>(now.size());
    for (int i = 0; i < now.size(); i++) {
      String name = layout.parameters().get(i).name();
      Tensor part = now.get(i).in(scope);
      mapped.add(name.startsWith(prefix) ? function.apply(name, part) : part);
    }
    return new Weights(
        layout, flat, new Views(mapped, views.detachedFlat), scope, prefix, detached);
  }

  /** Whether parts are functions of the vector rather than pieces of it. */
  boolean isMapped() {
    return views.mapped;
  }

  /** Where in the whole vector the parts of this view begin. */
  int start() {
    int before = 0;
    for (Parameter parameter : layout.parameters()) {
      if (parameter.name().startsWith(prefix)) {
        break;
      }
      before += parameter.size();
    }
    return before;
  }

  /** What {@link #map} does to a part. */
  interface PartFunction {
    Tensor apply(String name, Tensor part);
  }

  /** The same weights, seen from another scope: results computed from them belong there. */
  public Weights in(TensorScope other) {
    return new Weights(layout, flat, views, other, prefix, detached);
  }

  /** The same values, with respect to which no gradient is recorded. */
  public Weights detached() {
    return new Weights(layout, flat, views, scope, prefix, true);
  }

  /** The scope that results computed from these weights belong to. */
  public TensorScope scope() {
    return scope;
  }

  /** The whole vector. */
  public Tensor flat() {
    return (detached ? views.detachedFlat : flat).in(scope);
  }
}
