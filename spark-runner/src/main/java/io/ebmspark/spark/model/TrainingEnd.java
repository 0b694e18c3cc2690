package io.ebmspark.spark.model;

import io.ebmspark.core.settings.Check;
import io.ebmspark.core.settings.Setting;

/** How a model's config describes {@code state.safetensors}, the final state of its training. */
public record TrainingEnd(
    @Setting("steps behind the average and the optimiser, of this run and those before it")
        long steps,
    @Setting("number of the optimiser's moment vectors") int moments,
    @Setting("values in the replay buffer; 0 without one") int replay,
    @Setting("SHA-256 of state.safetensors, in hex") String sha256) {
  public TrainingEnd {
    Check.notNegative("steps", steps);
    Check.between("moments", moments, 0, 16);
    Check.notNegative("replay", replay);
  }
}
