package io.ebmspark.core.objective;

import io.ebmspark.core.energy.PreparedEnergy;
import io.ebmspark.core.sampler.Sampler;
import io.ebmspark.core.settings.Check;
import io.ebmspark.core.settings.Setting;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * Contrastive divergence, CD-k (Hinton 2002, section 5): {@code L = E(x⁺) − E(x⁻) + w(E(x⁺)² +
 * E(x⁻)²)}, with x⁻ reached in k sampler steps from the data.
 */
public record ContrastiveDivergence(
    @Setting(value = "sampler steps k", defaultsTo = "10") int steps,
    @Setting(value = "the chain's sampler", defaultsTo = "{kind: langevin}") Sampler sampler,
    @Setting(value = "weight w of the squared energies", defaultsTo = "0.001") double energyPenalty)
    implements Objective {
  public ContrastiveDivergence {
    Check.positive("steps", steps);
    Check.inside("sampler", () -> sampler.check(steps));
    Check.notNegative("energyPenalty", energyPenalty);
  }

  @Override
  public double temperature() {
    return sampler.temperature();
  }

  @Override
  public Losses losses(PreparedEnergy energy, Batch batch) {
    return Contrast.losses(energy, batch, batch.rows(), sampler, steps, energyPenalty);
  }

  @Override
  public Optional<Sampler> chainSampler() {
    return Optional.of(sampler);
  }

  @Override
  public OptionalDouble floor() {
    return Contrast.floor(energyPenalty);
  }
}
