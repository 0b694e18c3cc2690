package io.ebmspark.core.training;

import io.ebmspark.core.engine.ProcessMemory;
import java.util.Map;

/**
 * Measurements of a training step.
 *
 * @param step from 0
 * @param loss mean over the batch
 * @param gradientNorm Euclidean norm of the mean gradient, before clipping
 * @param learningRate of the step
 * @param rows rows of the batch
 * @param report means of the values the objective reports
 * @param memory of each process that computed, at some steps; empty at the others
 * @param seconds wall-clock time of the step
 */
public record StepMetrics(
    long step,
    double loss,
    double gradientNorm,
    double learningRate,
    long rows,
    Map<String, Double> report,
    Map<String, ProcessMemory> memory,
    double seconds) {
  StepMetrics withSeconds(double measured) {
    return new StepMetrics(step, loss, gradientNorm, learningRate, rows, report, memory, measured);
  }
}
