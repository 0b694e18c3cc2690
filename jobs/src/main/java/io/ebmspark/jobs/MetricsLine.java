package io.ebmspark.jobs;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.ebmspark.core.training.StepMetrics;

/** A training step as a line of {@code metrics.jsonl}. */
final class MetricsLine {
  private static final ObjectMapper JSON = new ObjectMapper();

  private MetricsLine() {}

  static String of(StepMetrics metrics) {
    ObjectNode line = JSON.createObjectNode();
    line.put("step", metrics.step());
    line.put("loss", metrics.loss());
    metrics.report().forEach(line::put);
    line.put("gradient_norm", metrics.gradientNorm());
    line.put("learning_rate", metrics.learningRate());
    line.put("rows", metrics.rows());
    line.put("seconds", metrics.seconds());
    try {
      return JSON.writeValueAsString(line);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }
}
