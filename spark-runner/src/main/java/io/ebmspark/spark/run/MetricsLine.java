package io.ebmspark.spark.run;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.ebmspark.core.training.BestStep;
import io.ebmspark.core.training.DivergedException;
import io.ebmspark.core.training.StepMetrics;
import io.ebmspark.core.training.TrainingState;
import io.ebmspark.core.training.ValidationMetrics;
import java.util.Map;
import java.util.Optional;

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
    if (!metrics.memory().isEmpty()) {
      ObjectNode memory = line.putObject("memory");
      metrics
          .memory()
          .forEach(
              (process, bytes) ->
                  memory
                      .putObject(process)
                      .put("resident_mb", bytes.residentBytes() >> 20)
                      .put("heap_mb", bytes.heapBytes() >> 20));
    }
    return text(line);
  }

  /** The line for a measurement on validation rows. */
  static String of(ValidationMetrics metrics) {
    return text(
        JSON.createObjectNode()
            .put("event", "validation")
            .put("after_step", metrics.step())
            .put("validation_loss", metrics.loss())
            .put("best_step", metrics.bestStep())
            .put("best_loss", metrics.bestLoss()));
  }

  /** The line for the weights that were kept. */
  static String of(BestStep best) {
    return text(
        JSON.createObjectNode()
            .put("event", "kept")
            .put("best_step", best.step())
            .put("best_loss", best.loss())
            .put("ended_at_step", best.ended())
            .put("early", best.early()));
  }

  /** The line for a run that continued from a checkpoint. */
  static String ofResume(long step) {
    return text(JSON.createObjectNode().put("event", "resumed").put("from_step", step));
  }

  /** The line for a run that diverged and rolled back. */
  static String ofRollback(DivergedException cause, TrainingState state) {
    return text(
        JSON.createObjectNode()
            .put("event", "rollback")
            .put("at_step", cause.step())
            .put("to_step", state.step())
            .put("rollbacks", state.rollbacks())
            .put("learning_rate_factor", state.learningRateFactor())
            .put("cause", cause.getMessage()));
  }

  /** The step and loss of a training step's line; empty for other lines and truncated ones. */
  static Optional<Map.Entry<Long, Double>> stepAndLoss(String line) {
    try {
      JsonNode node = JSON.readTree(line);
      return node.has("step") && node.has("loss")
          ? Optional.of(Map.entry(node.get("step").asLong(), node.get("loss").asDouble()))
          : Optional.empty();
    } catch (JsonProcessingException e) {
      return Optional.empty();
    }
  }

  private static String text(ObjectNode line) {
    try {
      return JSON.writeValueAsString(line);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }
}
