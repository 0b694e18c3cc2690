package io.ebmspark.core.training;

import io.ebmspark.core.settings.Check;
import io.ebmspark.core.settings.Setting;
import java.util.Optional;

/**
 * Rows that no gradient sees, on which the loss is measured now and then: the weights at which it
 * was lowest are kept, and training ends where it no longer falls.
 */
public record ValidationSettings(
    @Setting(
            value = "share of the rows set aside, chosen by what they hold; not those held out",
            defaultsTo = "0.05")
        double fraction,
    @Setting(value = "the most rows set aside; of rows with many values fewer", defaultsTo = "4096")
        int most,
    @Setting("steps between two measurements; a twentieth of all steps if absent")
        Optional<Long> every,
    @Setting(
            value =
                "measurements without an improvement beyond their noise, after which training ends;"
                    + " 0 never ends it, and only keeps the best weights",
            defaultsTo = "5")
        int patience) {
  private static final int MOST = 1_000_000;

  /** The parts of a run that are measured at the end of, unless asked otherwise. */
  private static final long PARTS = 20;

  public ValidationSettings {
    Check.that(
        fraction > 0 && fraction <= 0.25,
        "fraction",
        "must be above 0 and at most 0.25, got " + fraction);
    Check.between("most", most, 2, MOST);
    every.ifPresent(steps -> Check.positive("every", steps));
    Check.notNegative("patience", patience);
  }

  /** Steps between two measurements of a run. */
  long every(long steps) {
    return every.orElse(Math.max(1, (steps + PARTS - 1) / PARTS));
  }
}
