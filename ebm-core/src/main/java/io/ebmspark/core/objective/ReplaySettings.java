package io.ebmspark.core.objective;

import io.ebmspark.core.sampler.StartNoise;
import io.ebmspark.core.settings.Check;
import io.ebmspark.core.settings.Setting;

/** The replay buffer of persistent chains (Tieleman 2008; restarts as in Du and Mordatch 2019). */
public record ReplaySettings(
    @Setting(value = "number of chains kept; at least the batch size", defaultsTo = "10000")
        int size,
    @Setting(value = "fraction of the drawn chains that restart from noise", defaultsTo = "0.05")
        double restartFraction,
    @Setting(value = "what chains start from", defaultsTo = "normal") StartNoise start,
    @Setting(value = "scale of the start: deviation, or half the range", defaultsTo = "1")
        double startScale,
    @Setting(
            value = "sampler steps every chain makes before training begins, on the driver",
            defaultsTo = "0")
        int burnIn) {
  public ReplaySettings {
    Check.positive("size", size);
    Check.between("restartFraction", restartFraction, 0, 1);
    Check.positive("startScale", startScale);
    Check.notNegative("burnIn", burnIn);
  }

  /** Without burn-in. */
  public ReplaySettings(int size, double restartFraction, StartNoise start, double startScale) {
    this(size, restartFraction, start, startScale, 0);
  }
}
