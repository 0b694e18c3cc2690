package io.ebmspark.core.objective;

import io.ebmspark.core.energy.PreparedEnergy;
import io.ebmspark.core.engine.Tensor;
import io.ebmspark.core.sampler.Sampler;
import io.ebmspark.core.settings.Check;
import io.ebmspark.core.settings.Setting;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * Persistent contrastive divergence (Tieleman 2008): chains continue from where they ended, kept in
 * a replay buffer, a small fraction restarting from noise.
 */
public record PersistentContrastiveDivergence(
    @Setting(value = "sampler steps each time a chain is drawn", defaultsTo = "20") int steps,
    @Setting(value = "the chain's sampler", defaultsTo = "{kind: langevin}") Sampler sampler,
    @Setting(value = "weight w of the squared energies", defaultsTo = "0.001") double energyPenalty,
    @Setting(value = "standard deviation of noise added to the data", defaultsTo = "0")
        double dataNoise,
    @Setting(value = "the replay buffer", defaultsTo = "{}") ReplaySettings buffer)
    implements Objective {
  public PersistentContrastiveDivergence {
    Check.positive("steps", steps);
    int longest = Math.max(steps, buffer.burnIn());
    Check.inside("sampler", () -> sampler.check(longest));
    Check.notNegative("energyPenalty", energyPenalty);
    Check.notNegative("dataNoise", dataNoise);
  }

  /** Without noise on the data. */
  public PersistentContrastiveDivergence(
      int steps, Sampler sampler, double energyPenalty, ReplaySettings buffer) {
    this(steps, sampler, energyPenalty, 0, buffer);
  }

  @Override
  public double temperature() {
    return sampler.temperature();
  }

  @Override
  public Losses losses(PreparedEnergy energy, Batch batch) {
    Tensor starts = Objects.requireNonNull(batch.chainStarts(), "no chains drawn for this batch");
    return Contrast.losses(
        energy, Contrast.noisy(batch, dataNoise), starts, sampler, steps, energyPenalty);
  }

  @Override
  public OptionalDouble floor() {
    return Contrast.floor(energyPenalty);
  }

  @Override
  public Optional<Sampler> chainSampler() {
    return Optional.of(sampler);
  }

  @Override
  public Optional<ReplaySettings> replay() {
    return Optional.of(buffer);
  }
}
