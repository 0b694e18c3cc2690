package io.ebmspark.core.sampler;

import io.ebmspark.core.energy.PreparedEnergy;
import io.ebmspark.core.schedule.Schedule;
import io.ebmspark.core.schedule.ScheduleCheck;
import io.ebmspark.core.settings.Setting;
import java.util.List;
import java.util.Optional;

/**
 * Unadjusted Langevin dynamics: {@code x' = x − η∇E(x) + σ√(2η)·ε}, {@code ε ~ N(0, I)} (Roberts
 * and Tweedie 1996, section 1.4.1). It draws from {@code exp(−E/T)} with {@code T = σ²}, up to a
 * bias that vanishes with η.
 */
public record Langevin(
    @Setting(value = "step size η, a schedule over the chain's steps", defaultsTo = "0.01")
        Schedule stepSize,
    @Setting(value = "noise scale σ, a schedule over the chain's steps; T = σ²", defaultsTo = "1")
        Schedule noiseScale,
    @Setting("[lowest, highest] that a state's elements are clamped to")
        Optional<List<Double>> clamp,
    @Setting("largest norm of a row's gradient") Optional<Double> gradientClip)
    implements Sampler {
  public Langevin {
    ScheduleCheck.positive("stepSize", stepSize, 1);
    ScheduleCheck.positive("noiseScale", noiseScale, 1);
    Clip.check(clamp, gradientClip);
  }

  /** Without clamp and clip. */
  public Langevin(Schedule stepSize, Schedule noiseScale) {
    this(stepSize, noiseScale, Optional.empty(), Optional.empty());
  }

  @Override
  public void check(long steps) {
    ScheduleCheck.positive("stepSize", stepSize, steps);
    ScheduleCheck.positive("noiseScale", noiseScale, steps);
  }

  @Override
  public double temperature() {
    return noiseScale.last() * noiseScale.last();
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
    return new Descent(stepSize, this::noise, clamp, gradientClip);
  }

  /** The noise's standard deviation, σ√(2η). */
  private double noise(int step) {
    return noiseScale.at(step) * Math.sqrt(2 * stepSize.at(step));
  }
}
