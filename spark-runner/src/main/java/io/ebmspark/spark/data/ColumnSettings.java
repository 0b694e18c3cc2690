package io.ebmspark.spark.data;

import io.ebmspark.core.settings.Check;
import io.ebmspark.core.settings.Setting;
import io.ebmspark.core.settings.SettingsBinder;
import io.ebmspark.core.settings.SettingsTree;
import java.util.Locale;
import java.util.Optional;

/** What is made of a column. */
public record ColumnSettings(
    @Setting(
            value =
                "auto: numbers and booleans as numbers, text by how often its values repeat; or"
                    + " number, category (an input for each of the commonest values), frequency (how"
                    + " common the value is), date (days elapsed, time of year, week and day)",
            defaultsTo = "auto")
        Use as,
    @Setting(
            value = "values of a category that have an input of their own, at most",
            defaultsTo = "20")
        int levels,
    @Setting("transform of a number; as data.transform says if absent")
        Optional<Transform> transform) {
  private static final int MOST_LEVELS = 1_000;

  /** Kinds of use. */
  public enum Use {
    AUTO,
    NUMBER,
    CATEGORY,
    FREQUENCY,
    DATE
  }

  /** What is done to a number before it is scaled. */
  public enum Transform {
    /** Nothing. */
    NONE,
    /** The logarithm, where the training rows are far more skewed without it. */
    AUTO,
    /** The logarithm, {@code asinh(x / unit)}, its unit from the training rows. */
    LOG
  }

  public ColumnSettings {
    Check.between("levels", levels, 1, MOST_LEVELS);
    Check.that(
        transform.isEmpty() || as == Use.AUTO || as == Use.NUMBER,
        "transform",
        "is for numbers, not for as: " + as.toString().toLowerCase(Locale.ROOT));
  }

  /** Made once: a table of many columns asks for them time and again. */
  private static final class Defaults {
    static final ColumnSettings SETTINGS =
        SettingsBinder.bind(SettingsTree.parse("defaults", ""), ColumnSettings.class);
  }

  /** The settings that nobody has changed. */
  public static ColumnSettings defaults() {
    return Defaults.SETTINGS;
  }
}
