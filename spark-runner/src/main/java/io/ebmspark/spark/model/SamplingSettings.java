package io.ebmspark.spark.model;

import io.ebmspark.core.energy.Energy;
import io.ebmspark.core.energy.NoiseLevels;
import io.ebmspark.core.sampler.Langevin;
import io.ebmspark.core.sampler.ReverseDiffusion;
import io.ebmspark.core.sampler.Sampler;
import io.ebmspark.core.sampler.StartNoise;
import io.ebmspark.core.schedule.Schedule;
import io.ebmspark.core.settings.BadSettingException;
import io.ebmspark.core.settings.Check;
import io.ebmspark.core.settings.Setting;
import java.util.Optional;

/** How rows are drawn from a model: by chains, one row per chain. */
public record SamplingSettings(
    @Setting(
            "the chains' sampler; if absent, reverse-diffusion over the levels of an energy of kind"
                + " noise-levels, and langevin with step size 0.01 at the model's temperature for"
                + " any other")
        Optional<Sampler> sampler,
    @Setting(value = "sampler steps per chain", defaultsTo = "1000") int steps,
    @Setting(
            value =
                "what chains start from; under reverse-diffusion an energy's kept neighbours, if it"
                    + " has any, whatever this and startScale say",
            defaultsTo = "normal")
        StartNoise start,
    @Setting(value = "scale of the start: standard deviation, or half the range", defaultsTo = "1")
        double startScale) {
  private static final double STEP_SIZE = 0.01;

  public SamplingSettings {
    Check.positive("steps", steps);
    sampler.ifPresent(chosen -> Check.inside("sampler", () -> chosen.check(steps)));
    Check.positive("startScale", startScale);
  }

  /**
   * The sampler for a model.
   *
   * @param energy the model's
   * @param temperature the model's temperature T
   * @param force whether a temperature other than the model's is intended
   * @throws BadSettingException if the sampler's temperature differs, unless forced, or if it
   *     cannot draw from that energy
   */
  public Sampler samplerFor(Energy energy, double temperature, boolean force) {
    sampler.ifPresent(chosen -> chosen.check(energy));
    return sampler.isEmpty() && energy instanceof NoiseLevels levels && levels.levels().size() > 1
        ? ReverseDiffusion.over(levels, steps)
        : samplerAt(temperature, force);
  }

  /**
   * The sampler for an energy that is no more than a density.
   *
   * @param temperature the model's temperature T
   * @param force whether a temperature other than the model's is intended
   * @throws BadSettingException if the sampler's temperature differs, unless forced
   */
  public Sampler samplerAt(double temperature, boolean force) {
    Sampler chosen =
        sampler.orElseGet(
            () -> new Langevin(Schedule.of(STEP_SIZE), Schedule.of(Math.sqrt(temperature))));
    boolean same = Math.abs(chosen.temperature() - temperature) <= 1e-6 * temperature;
    if (!same && !force) {
      throw new BadSettingException(
          "sampling.sampler",
          "has temperature "
              + chosen.temperature()
              + ", but the model was trained at "
              + temperature
              + ": its samples would follow a different density; change the noise (T ="
              + " noiseScale²), or"
              + " set forceTemperature to true");
    }
    return chosen;
  }
}
