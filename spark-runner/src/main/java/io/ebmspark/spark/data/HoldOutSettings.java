package io.ebmspark.spark.data;

import io.ebmspark.core.settings.Check;
import io.ebmspark.core.settings.Setting;

/** How many rows are held out of training, so that claims about new rows can be checked on them. */
public record HoldOutSettings(
    @Setting(value = "share of the rows, chosen by what they hold; 0 for none", defaultsTo = "0.1")
        double fraction,
    @Setting(value = "the most rows held out", defaultsTo = "100000") int most) {
  /** Their energies are ordered on the driver, and stored with the model. */
  private static final int MOST = 10_000_000;

  /** Every row is trained on. */
  public static final HoldOutSettings NONE = new HoldOutSettings(0, 1);

  public HoldOutSettings {
    Check.between("fraction", fraction, 0, 0.5);
    Check.between("most", most, 1, MOST);
  }
}
