package io.ebmspark.spark.model;

import io.ebmspark.core.settings.Check;
import io.ebmspark.core.settings.Setting;

/** What a model says of its {@code state.safetensors}, the state in which its training ended. */
public record TrainingEnd(
    @Setting("steps that the average and the optimiser remember, of this run and those before it")
        long steps,
    @Setting("vectors the optimiser remembers") int moments,
    @Setting("values in the replay buffer; 0 without one") int replay,
    @Setting("SHA-256 of state.safetensors, in hex") String sha256) {
  public TrainingEnd {
    Check.notNegative("steps", steps);
    Check.between("moments", moments, 0, 16);
    Check.notNegative("replay", replay);
  }
}
