package io.ebmspark.core.sampler;

import io.ebmspark.core.engine.Program;
import io.ebmspark.core.engine.Tensor;
import io.ebmspark.core.engine.TensorScope;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Chains that run in native code: programs made of an energy and a move, many steps a call. */
final class NativeChain {
  /** Elements of noise made at once: 4 MB. */
  private static final int MOST_NOISE = 1 << 20;

  private static final Map<String, Program> PROGRAMS = new ConcurrentHashMap<>();

  private NativeChain() {}

  /** The program of an energy's methods and a sampler's, compiled once. */
  static Program program(String energy, String sampler) {
    return PROGRAMS.computeIfAbsent(energy + "\n" + sampler, Program::compile);
  }

  /** Some steps of a chain. */
  @FunctionalInterface
  interface Part {
    /** {@code count} steps from {@code step} on; answers in the scope of {@code state}. */
    Tensor run(Tensor state, int step, int count);
  }

  /** Runs a chain in parts whose noise is of bounded size; see {@link Sampler#steps}. */
  static Tensor inParts(Tensor start, int from, int to, Part part) {
    int atOnce = (int) Math.max(1, MOST_NOISE / start.count());
    Tensor state = start;
    for (int step = from; step < to; step += atOnce) {
      try (TensorScope work = start.scope().child()) {
        Tensor next = part.run(state.in(work), step, Math.min(atOnce, to - step));
        if (state != start) {
          state.close();
        }
        state = next.moveTo(start.scope());
      }
    }
    return state;
  }
}
