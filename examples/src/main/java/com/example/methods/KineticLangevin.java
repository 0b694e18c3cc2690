package com.example.methods;

import io.ebmspark.core.energy.PreparedEnergy;
import io.ebmspark.core.engine.Tensor;
import io.ebmspark.core.engine.TensorScope;
import io.ebmspark.core.sampler.ChainNoise;
import io.ebmspark.core.sampler.ChainState;
import io.ebmspark.core.sampler.Sampler;
import io.ebmspark.core.sampler.Step;
import io.ebmspark.core.sampler.StepInfo;
import io.ebmspark.core.settings.Check;
import io.ebmspark.core.settings.Setting;
import java.util.List;

/**
 * Langevin dynamics with inertia (Leimkuhler and Matthews 2013, the order BAOAB): {@code v' = −∇E −
 * γv + √(2γT)·noise}, {@code x' = v}. It draws from {@code exp(−E/T)}, up to a bias of order η².
 */
public record KineticLangevin(
    @Setting(value = "step size η, in time", defaultsTo = "0.1") double stepSize,
    @Setting(value = "friction γ", defaultsTo = "1") double friction,
    @Setting(value = "temperature T", defaultsTo = "1") double temperature)
    implements Sampler {
  public KineticLangevin {
    Check.positive("stepSize", stepSize);
    Check.positive("friction", friction);
    Check.positive("temperature", temperature);
  }

  /** A chain remembers its velocity, and the gradient where it is; it starts at rest. */
  @Override
  public ChainState start(PreparedEnergy energy, Tensor position) {
    return new ChainState(position, List.of(position.mul(0), energy.gradient(position)));
  }

  @Override
  public Step step(PreparedEnergy energy, ChainState state, int step, ChainNoise noise) {
    TensorScope scope = state.position().scope();
    double kept = Math.exp(-friction * stepSize);
    double kick = Math.sqrt(temperature * (1 - kept * kept));
    Tensor v = state.memory().get(0).sub(state.memory().get(1).mul(stepSize / 2));
    Tensor half = state.position().add(v.mul(stepSize / 2));
    Tensor stirred = v.mul(kept).add(noise.normals(scope, step, kick, v.shape()));
    Tensor x = half.add(stirred.mul(stepSize / 2));
    Tensor gradient = energy.gradient(x);
    Tensor velocity = stirred.sub(gradient.mul(stepSize / 2));
    return new Step(new ChainState(x, List.of(velocity, gradient)), StepInfo.NONE);
  }
}
