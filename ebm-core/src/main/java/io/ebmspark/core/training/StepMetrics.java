package io.ebmspark.core.training;

import io.ebmspark.core.engine.ProcessMemory;
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
 * @param memory of each process that computed, now and then; empty otherwise
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
