package io.ebmspark.spark.model;

import io.ebmspark.core.schedule.Cosine;
import io.ebmspark.core.schedule.Schedule;
import io.ebmspark.core.settings.Check;
import io.ebmspark.core.settings.Setting;
import io.ebmspark.core.training.TrainingSettings;

/** What training starts from if there is a champion. */
public record StartSettings(
    @Setting(value = "the weights training starts from", defaultsTo = "champion") Weights weights,
    @Setting(
            value =
                "what to do with the champion's optimiser: reset starts from its averaged weights"
                    + " with a new optimiser, keep continues from its last weights with its"
                    + " moments and average",
            defaultsTo = "reset")
        Memory optimizer,
    @Setting(value = "steps of a warm start, as a share of training.steps", defaultsTo = "0.25")
        double share) {
  public StartSettings {
    Check.that(share > 0 && share <= 1, "share", "must be above 0 and at most 1, got " + share);
  }

  /**
   * How a warm start trains: for a share of the steps, with a learning rate that falls as a cosine
   * from the schedule's highest value to its last. Whatever the objective schedules over training
   * steps is held at its final value: the weights have been through the rest.
   *
   * @param full the settings of a training with fresh weights
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

  /** The weights training starts from. */
  public enum Weights {
    /** The champion's. */
    CHAMPION,
    /** Random ones, as if there were no champion. */
    FRESH
  }

  /** What to do with the optimiser's state. */
  public enum Memory {
    /** Continues from the last weights, with the moments and the average. */
    KEEP,
    /** Starts from the averaged weights, with a new optimiser. */
    RESET
  }
}
