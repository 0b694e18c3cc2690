package io.ebmspark.core.sampler;

import io.ebmspark.core.energy.PreparedEnergy;
import io.ebmspark.core.schedule.Schedule;
import io.ebmspark.core.schedule.ScheduleCheck;
import io.ebmspark.core.settings.Setting;
import java.util.List;
import java.util.Optional;

/**
 * Gradient descent, {@code x' = x − η∇E(x)}: it finds modes and draws nothing, so its temperature
 * is 0.
 */
public record GradientDescent(
    @Setting(value = "step size η, a schedule over the chain's steps", defaultsTo = "0.01")
        Schedule stepSize,
    @Setting("[lowest, highest] that a state's elements are clamped to")
        Optional<List<Double>> clamp,
    @Setting("largest norm of a row's gradient") Optional<Double> gradientClip)
    implements Sampler {
  public GradientDescent {
    ScheduleCheck.positive("stepSize", stepSize, 1);
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

  @Override
  public Step step(PreparedEnergy energy, ChainState state, int step, ChainNoise noise) {
    return descent().step(energy, state, step, noise);
  }

  @Override
  public Step steps(PreparedEnergy energy, ChainState start, int from, int to, ChainNoise noise) {
    return descent().steps(energy, start, from, to, noise);
  }

  private Descent descent() {
    return new Descent(stepSize, Descent.NONE, clamp, gradientClip);
  }
}
