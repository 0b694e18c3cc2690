package io.ebmspark.core.training;

import org.jspecify.annotations.Nullable;

/**
 * What a step sends to every shard.
 *
 * @param step the training step
 * @param seed of the step's random numbers
 * @param parameters the whole vector
 * @param chainStarts states from which the replay buffer's chains continue, one per row of the
 *     batch, in batch order; null without a buffer
 */
public record StepRequest(
    long step, long seed, float[] parameters, float @Nullable [] chainStarts) {}
