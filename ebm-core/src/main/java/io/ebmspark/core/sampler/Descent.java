package io.ebmspark.core.sampler;

import io.ebmspark.core.energy.EnergyScript;
import io.ebmspark.core.energy.PreparedEnergy;
import io.ebmspark.core.engine.Program;
import io.ebmspark.core.engine.Tensor;
import io.ebmspark.core.engine.TensorScope;
import io.ebmspark.core.program.Sources;
import io.ebmspark.core.schedule.Schedule;
import java.util.List;
import java.util.Optional;
import java.util.function.IntToDoubleFunction;

/**
 * The chain that Langevin dynamics and gradient descent share: {@code x' = clamp(x − η·clip(∇E(x))
 * + s·ε)}. Where the energy has its gradient as a program, many steps are one native call.
 *
 * @param stepSize η, a schedule over the chain's steps
 * @param noise s, a schedule over the chain's steps; {@link #NONE} for none
 */
record Descent(
    Schedule stepSize,
    IntToDoubleFunction noise,
    Optional<List<Double>> clamp,
    Optional<Double> gradientClip) {
  /** No noise: none is drawn. */
  static final IntToDoubleFunction NONE = step -> 0;

  private static final String MOVE = Sources.text(Descent.class, "descent.py");
  private static final String CHAIN = Sources.text(Descent.class, "chain.py");

  private static final class Loaded {
    static final Program PROGRAM = Program.compile(MOVE);
  }

  /** One step, in {@code state}'s scope. */
  Step step(PreparedEnergy energy, ChainState state, int step, ChainNoise chainNoise) {
    return Step.to(advance(energy, state.position(), step, 1, chainNoise));
  }

  /** Steps as {@link Sampler#steps} describes them. */
  Step steps(PreparedEnergy energy, ChainState start, int from, int to, ChainNoise chainNoise) {
    return Step.inParts(
        start,
        from,
        to,
        NativeChain.stepsAtOnce(start.position()),
        (state, step, count) ->
            Step.to(advance(energy, state.position(), step, count, chainNoise)));
  }

  private Tensor advance(
      PreparedEnergy energy, Tensor state, int step, int count, ChainNoise chainNoise) {
    TensorScope scope = state.scope();
    double[] etas = new double[count];
    double[] scales = new double[count];
    for (int i = 0; i < count; i++) {
      etas[i] = stepSize.at(step + i);
      scales[i] = noise.applyAsDouble(step + i);
    }
    Tensor eta = scope.upload(etas, count);
    Tensor epsilon =
        noise == NONE ? scope.zeros(0) : chainNoise.normals(scope, step, scales, state.shape());
    Optional<EnergyScript.Compilable> script = energy.script();
    if (script.isPresent()) {
      Program chain = NativeChain.program(script.get().source(), MOVE + CHAIN);
      return call(chain, "chain", scope, state, script.get().weights(), eta, epsilon);
    }
    Tensor next = state;
    for (int i = 0; i < count; i++) {
      try (TensorScope work = scope.child()) {
        Tensor before = next.in(work);
        Tensor n = noise == NONE ? epsilon : epsilon.slice(1, i, i + 1).squeeze(1);
        Tensor gradient = energy.gradient(before);
        Tensor moved =
            call(Loaded.PROGRAM, "move", work, before, gradient, eta.slice(0, i, i + 1), n);
        if (next != state) {
          next.close();
        }
        next = moved.moveTo(scope);
      }
    }
    return next;
  }

  private Tensor call(
      Program program,
      String method,
      TensorScope scope,
      Tensor state,
      Object gradient,
      Tensor eta,
      Tensor epsilon) {
    boolean isClamped = clamp.isPresent();
    return program
        .call(
            scope,
            method,
            state,
            gradient,
            eta,
            epsilon,
            gradientClip.isPresent(),
            gradientClip.orElse(1.0),
            isClamped,
            isClamped ? clamp.get().get(0) : 0.0,
            isClamped ? clamp.get().get(1) : 0.0)
        .get(0);
  }
}
