package io.ebmspark.core.training;

/**
 * One measurement on validation rows.
 *
 * @param step the number of steps done
 * @param loss mean over the rows
 * @param bestStep where it was lowest so far
 * @param bestLoss what it was there
 */
public record ValidationMetrics(long step, double loss, long bestStep, double bestLoss) {}
