package io.ebmspark.core.sampler;

import io.ebmspark.core.energy.PreparedEnergy;
import io.ebmspark.core.schedule.Schedule;
import io.ebmspark.core.schedule.ScheduleCheck;
import io.ebmspark.core.settings.Setting;
import java.util.List;
import java.util.Optional;

/**
 * Langevin dynamics with step size and noise set separately: {@code x' = x − η∇E(x) + s·ε} (Du and
 * Mordatch 2019, equation 3). It is {@link Langevin} with {@code s = σ√(2η)}, hence {@code T =
 * s²/(2η)}.
 */
public record DecoupledLangevin(
    @Setting("step size η, a schedule over the chain's steps") Schedule stepSize,
    @Setting("standard deviation s of the noise, a schedule over the chain's steps") Schedule noise,
    @Setting("[lowest, highest] that a state's elements are clamped to")
        Optional<List<Double>> clamp,
    @Setting("largest norm of a row's gradient") Optional<Double> gradientClip)
    implements Sampler {
  public DecoupledLangevin {
    ScheduleCheck.positive("stepSize", stepSize, 1);
    ScheduleCheck.positive("noise", noise, 1);
    Clip.check(clamp, gradientClip);
  }

  @Override
  public void check(long steps) {
    ScheduleCheck.positive("stepSize", stepSize, steps);
    ScheduleCheck.positive("noise", noise, steps);
  }

  @Override
  public double temperature() {
    return noise.last() * noise.last() / (2 * stepSize.last());
  }

  @Override
  public Step step(PreparedEnergy energy, ChainState state, int step, ChainNoise chainNoise) {
    return descent().step(energy, state, step, chainNoise);
  }

  @Override
  public Step steps(
      PreparedEnergy energy, ChainState start, int from, int to, ChainNoise chainNoise) {
    return descent().steps(energy, start, from, to, chainNoise);
  }

  private Descent descent() {
    return new Descent(stepSize, noise::at, clamp, gradientClip);
  }
}
