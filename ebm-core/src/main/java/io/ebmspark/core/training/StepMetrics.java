package io.ebmspark.core.training;

import java.util.Map;

/**
 * What a training step measured.
 *
 * @param step from 0
 * @param loss mean over the batch
 * @param gradientNorm Euclidean norm of the mean gradient, before clipping
 * @param learningRate the step's
 * @param rows rows of the batch
 * @param report means of what the objective reports
 * @param seconds wall-clock time of the step
 */
public record StepMetrics(
    long step,
    double loss,
    double gradientNorm,
    double learningRate,
    long rows,
    Map<String, Double> report,
    double seconds) {}
