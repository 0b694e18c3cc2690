package io.ebmspark.core.sampler;

import io.ebmspark.core.engine.Tensor;
import io.ebmspark.core.engine.TensorScope;
import java.util.ArrayList;
import java.util.List;

/** The result of a sampler's step: the new state and the step's diagnostics. */
public record Step(ChainState state, StepInfo info) {
  /** A step of a sampler that keeps no memory and reports nothing. */
  public static Step to(Tensor position) {
    return new Step(ChainState.at(position), StepInfo.NONE);
  }

  /** Several steps of a chain in one call. */
  @FunctionalInterface
  interface Part {
    /** {@code count} steps from {@code step} on; returns in the scope of {@code state}. */
    Step run(ChainState state, int step, int count);
  }

  /**
   * Steps in parts, one after the other, in constant memory.
   *
   * @param start left unchanged
   * @param from the first step's number in the chain
   * @param to the number after the last step's; above {@code from}
   * @param atOnce the most steps of a part
   * @return in {@code start}'s scope
   */
  static Step inParts(ChainState start, int from, int to, int atOnce, Part part) {
    TensorScope scope = start.position().scope();
    Step last = new Step(start, StepInfo.NONE);
    for (int step = from; step < to; step += atOnce) {
      try (TensorScope work = scope.child()) {
        Step made = part.run(last.state.in(work), step, Math.min(atOnce, to - step));
        Step next = new Step(made.state.moveTo(scope), last.info.then(made.info).moveTo(scope));
        ChainState.release(last.tensors(), both(next.tensors(), start.tensors()));
        last = next;
      }
    }
    return last;
  }

  List<Tensor> tensors() {
    return both(state.tensors(), info.tensors());
  }

  private static List<Tensor> both(List<Tensor> some, List<Tensor> others) {
    List<Tensor> all = new ArrayList<>(some);
    all.addAll(others);
    return all;
  }
}
