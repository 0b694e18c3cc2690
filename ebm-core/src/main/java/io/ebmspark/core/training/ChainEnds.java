package io.ebmspark.core.training;

import java.io.Serializable;

/**
 * Where some chains of a step ended.
 *
 * @param positions of the chains in the batch
 * @param states one per position, packed in that order
 */
record ChainEnds(int[] positions, float[] states) implements Serializable {}
