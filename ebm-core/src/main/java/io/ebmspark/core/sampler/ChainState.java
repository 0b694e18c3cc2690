package io.ebmspark.core.sampler;

import io.ebmspark.core.engine.Tensor;
import io.ebmspark.core.engine.TensorScope;
import java.util.ArrayList;
import java.util.List;

/**
 * Where a set of chains is between two steps, and what its sampler remembers of that place.
 *
 * @param position (chains, …shape)
 * @param memory what a step would otherwise recompute, or cannot know; it is the sampler's to
 *     define
 */
public record ChainState(Tensor position, List<Tensor> memory) {
  public ChainState {
    memory = List.copyOf(memory);
  }

  /** Chains of a sampler that remembers nothing. */
  public static ChainState at(Tensor position) {
    return new ChainState(position, List.of());
  }

  /** The same state, seen from another scope: what is computed from it belongs there. */
  ChainState in(TensorScope scope) {
    return new ChainState(position.in(scope), memory.stream().map(t -> t.in(scope)).toList());
  }

  /** Moves the state's memory to a scope, so that it outlives its own. */
  ChainState moveTo(TensorScope scope) {
    return new ChainState(
        position.moveTo(scope), memory.stream().map(t -> t.moveTo(scope)).toList());
  }

  List<Tensor> tensors() {
    List<Tensor> all = new ArrayList<>(memory);
    all.add(position);
    return all;
  }

  /** Frees tensors that are not among those kept. */
  static void release(List<Tensor> tensors, List<Tensor> kept) {
    for (Tensor tensor : tensors) {
      if (kept.stream().noneMatch(tensor::isSameArray)) {
        tensor.close();
      }
    }
  }
}
