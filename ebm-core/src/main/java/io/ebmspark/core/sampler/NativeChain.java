package io.ebmspark.core.sampler;

import io.ebmspark.core.engine.Program;
import io.ebmspark.core.engine.Tensor;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Chains that run in native code: programs made of an energy and a move, many steps per call. */
final class NativeChain {
  /** Elements of noise made at once: 4 MB. */
  private static final int MOST_NOISE = 1 << 20;

  private static final Map<String, Program> PROGRAMS = new ConcurrentHashMap<>();

  private NativeChain() {}

  /** The program of an energy's methods and a sampler's, compiled once. */
  static Program program(String energy, String sampler) {
    return PROGRAMS.computeIfAbsent(energy + "\n" + sampler, Program::compile);
  }

  /** How many steps of these chains run in one call, so that their noise is of bounded size. */
  static int stepsAtOnce(Tensor position) {
    return (int) Math.max(1, MOST_NOISE / position.count());
  }
}
