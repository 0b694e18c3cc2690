package io.ebmspark.spark.model;

import io.ebmspark.core.settings.Setting;

/** What training begins with where there is a model of the night before. */
public record StartSettings(
    @Setting(value = "the weights training begins with", defaultsTo = "champion") Weights weights,
    @Setting(
            value =
                "what becomes of the champion's optimiser: reset begins at its averaged weights"
                    + " with an optimiser that remembers nothing, keep goes on from its last"
                    + " weights with the moments and the average as they were",
            defaultsTo = "reset")
        Memory optimizer) {
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
