package io.ebmspark.core.objective;

import io.ebmspark.core.energy.PreparedEnergy;
import io.ebmspark.core.engine.Tensor;
import io.ebmspark.core.random.Purpose;
import io.ebmspark.core.sampler.Sampler;
import io.ebmspark.core.sampler.StartNoise;
import io.ebmspark.core.settings.Check;
import io.ebmspark.core.settings.Setting;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * Short-run maximum likelihood (Nijkamp et al. 2019, algorithm 1): contrastive divergence whose
 * chains start from noise at every step.
 */
public record ShortRun(
    @Setting(value = "sampler steps of a chain", defaultsTo = "60") int steps,
    @Setting(value = "the chain's sampler", defaultsTo = "{kind: langevin}") Sampler sampler,
    @Setting(value = "weight w of the squared energies", defaultsTo = "0.001") double energyPenalty,
    @Setting(value = "what chains start from", defaultsTo = "normal") StartNoise start,
    @Setting(value = "scale of the start: deviation, or half the range", defaultsTo = "1")
        double startScale)
    implements Objective {
  public ShortRun {
    Check.positive("steps", steps);
    Check.inside("sampler", () -> sampler.check(steps));
    Check.notNegative("energyPenalty", energyPenalty);
    Check.positive("startScale", startScale);
  }

  @Override
  public double temperature() {
    return sampler.temperature();
  }

  @Override
  public Losses losses(PreparedEnergy energy, Batch batch) {
    Tensor rows = batch.rows();
    Tensor starts =
        start.draw(rows.scope(), batch.noise(Purpose.CHAIN_START), startScale, rows.shape());
    return Contrast.losses(energy, batch, starts, sampler, steps, energyPenalty);
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
