package io.ebmspark.spark.score;

import io.ebmspark.core.settings.BadSettingException;
import io.ebmspark.core.settings.Check;
import io.ebmspark.core.settings.Setting;
import io.ebmspark.spark.model.Model;

/** Which rows are explained, and what is said of them (docs/reasons.md). */
public record ExplainSettings(
    @Setting("which rows are explained: flagged needs a threshold") Rows rows,
    @Setting(value = "how many columns are named of a row, those of largest size", defaultsTo = "5")
        int top,
    @Setting(
            value =
                "whether the value is told that would be expected of the column of largest size:"
                    + " where the energy is lowest as the row's other values are",
            defaultsTo = "false")
        boolean expected,
    @Setting(
            value =
                "column added for what columns add to the energy: a list of column, contribution,"
                    + " value, baseline and, if so set, expected; JSON in csv files",
            defaultsTo = "contributions")
        String contributionsColumn,
    @Setting(
            value =
                "column added for what is left: the energy, less the baseline row's, less all"
                    + " contributions",
            defaultsTo = "unexplained")
        String unexplainedColumn) {
  public ExplainSettings {
    Check.positive("top", top);
  }

  /** Whether any row is explained. */
  public boolean isOn() {
    return rows != Rows.NONE;
  }

  /**
   * Refuses a model that keeps no rows to compare with.
   *
   * @param name what the model is called
   */
  public void require(Model model, String name) {
    if (isOn() && model.baselines().isEmpty()) {
      throw new BadSettingException(
          "explain",
          "compares rows with usual ones that a model keeps, and "
              + name
              + " was trained by a release that kept none; train it again, or leave explain out");
    }
  }

  /** Which rows. */
  public enum Rows {
    /** Those that the threshold flags. */
    FLAGGED,
    /** Every row that has an energy. */
    ALL,
    /** No row, and no columns are added. */
    NONE
  }
}
