package io.ebmspark.core.training;

import java.io.Serializable;

/**
 * The end points of some chains of a step.
 *
 * @param positions of the chains in the batch
 * @param states one per position, packed in that order
 */
record ChainEnds(int[] positions, float[] states) implements Serializable {}
