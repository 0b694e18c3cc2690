package io.ebmspark.spark.model;

import io.ebmspark.core.schedule.Cosine;
import io.ebmspark.core.schedule.Schedule;
import io.ebmspark.core.settings.Check;
import io.ebmspark.core.settings.Setting;
import io.ebmspark.core.training.TrainingSettings;

/** What training begins with where there is a model of the night before. */
public record StartSettings(
    @Setting(value = "the weights training begins with", defaultsTo = "champion") Weights weights,
    @Setting(
            value =
                "what becomes of the champion's optimiser: reset begins at its averaged weights"
                    + " with an optimiser that remembers nothing, keep goes on from its last"
                    + " weights with the moments and the average as they were",
            defaultsTo = "reset")
        Memory optimizer,
    @Setting(value = "steps of such a night, as a share of training.steps", defaultsTo = "0.25")
        double share) {
  public StartSettings {
    Check.that(share > 0 && share <= 1, "share", "must be above 0 and at most 1, got " + share);
  }

  /**
   * How such a night trains: for a share of the steps, at a learning rate that falls from the
   * schedule's highest to its last as a cosine. What the objective schedules over training steps is
   * held where a full training ends: the weights have been through the rest.
   *
   * @param full how a night with fresh weights trains
   */
  public TrainingSettings training(TrainingSettings full) {
    long steps = Math.max(1, Math.round(share * full.steps()));
    Schedule rate = full.learningRate();
    return full.withSteps(steps)
        .withObjective(full.objective().heldAt(full.steps() - 1))
        .withLearningRate(
            new Cosine(
                rate.extremes(0, full.steps() - 1).highest(), rate.at(full.steps() - 1), steps));
  }

  /** The weights training begins with. */
  public enum Weights {
    /** The champion's. */
    CHAMPION,
    /** Random ones, as if there were no champion. */
    FRESH
  }

  /** What becomes of the optimiser's memory. */
  public enum Memory {
    /** Goes on from the last weights, with moments and average as they were. */
    KEEP,
    /** Begins at the averaged weights, with no memory. */
    RESET
  }
}
