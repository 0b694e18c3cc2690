package io.ebmspark.core.sampler;

import io.ebmspark.core.energy.PreparedEnergy;
import io.ebmspark.core.engine.Tensor;
import io.ebmspark.core.schedule.Schedule;
import io.ebmspark.core.schedule.ScheduleCheck;
import io.ebmspark.core.settings.Check;
import io.ebmspark.core.settings.Setting;
import java.util.List;
import java.util.Optional;

/**
 * Nesterov's accelerated descent (1983, in the form of Sutskever et al. 2013, equations 3–4):
 * {@code v ← μv − η∇E(x + μv)}, {@code x ← x + v}, from v = 0 at the start of a run. It finds modes
 * and draws nothing, so its temperature is 0.
 */
public record Nesterov(
    @Setting(value = "step size η, a schedule over the chain's steps", defaultsTo = "0.01")
        Schedule stepSize,
    @Setting(value = "momentum μ", defaultsTo = "0.9") double momentum,
    @Setting("[lowest, highest] that a state's elements are clamped to")
        Optional<List<Double>> clamp,
    @Setting("largest norm of a row's gradient") Optional<Double> gradientClip)
    implements Sampler {
  public Nesterov {
    ScheduleCheck.positive("stepSize", stepSize, 1);
    Check.that(momentum >= 0 && momentum < 1, "momentum", "must be in [0, 1), got " + momentum);
    Clip.check(clamp, gradientClip);
  }

  @Override
  public void check(long steps) {
    ScheduleCheck.positive("stepSize", stepSize, steps);
  }

  @Override
  public double temperature() {
    return 0;
  }

  /** What is kept for a position: the velocity v, at first 0. */
  @Override
  public ChainState start(PreparedEnergy energy, Tensor position) {
    return new ChainState(position, List.of(position.scope().zeros(position.shape())));
  }

  @Override
  public Step step(PreparedEnergy energy, ChainState state, int step, ChainNoise noise) {
    Tensor x = state.position();
    Tensor drift = state.memory().get(0).mul(momentum);
    Tensor pull = Clip.rowNorm(energy.gradient(x.add(drift)), gradientClip);
    Tensor velocity = drift.sub(pull.mul(stepSize.at(step)));
    return new Step(
        new ChainState(Clip.state(x.add(velocity), clamp), List.of(velocity)), StepInfo.NONE);
  }
}
