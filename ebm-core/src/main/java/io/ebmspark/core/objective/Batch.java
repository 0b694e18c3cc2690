package io.ebmspark.core.objective;

import io.ebmspark.core.engine.Tensor;
import io.ebmspark.core.random.Purpose;
import io.ebmspark.core.sampler.ChainNoise;
import org.jspecify.annotations.Nullable;

/**
 * Some rows of one training step.
 *
 * @param rows (batch, …shape), in the model's units
 * @param indices the global index of each row
 * @param chainStarts (batch, …shape) where the replay buffer's chains continue from; null for
 *     objectives without one
 * @param seed of the step's random numbers: the run's, or another after a rollback
 * @param step the training step
 */
public record Batch(
    Tensor rows, long[] indices, @Nullable Tensor chainStarts, long seed, long step) {
  /** This batch's random numbers for a purpose. */
  public ChainNoise noise(Purpose purpose) {
    return ChainNoise.of(seed, purpose, step, indices);
  }
}
