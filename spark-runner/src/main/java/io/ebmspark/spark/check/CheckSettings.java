package io.ebmspark.spark.check;

import io.ebmspark.core.settings.Check;
import io.ebmspark.core.settings.Setting;
import io.ebmspark.core.settings.SettingsBinder;
import io.ebmspark.core.settings.SettingsTree;
import io.ebmspark.spark.record.Action;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * How new rows are checked, before training, against the training rows of the model in use. Each
 * check can be {@code stop}, {@code warn} or {@code off}; values that chance alone could produce
 * with that many rows never exceed a limit.
 */
public record CheckSettings(
    @Setting(value = "columns and types that the model's features come from", defaultsTo = "{}")
        SchemaCheck schema,
    @Setting(value = "number of rows", defaultsTo = "{}") RowsCheck rows,
    @Setting(value = "missing values, by column", defaultsTo = "{}") NullsCheck nulls,
    @Setting(value = "values outside the range seen before, by column", defaultsTo = "{}")
        RangeCheck outOfRange,
    @Setting(value = "new values in columns with few distinct ones, by column", defaultsTo = "{}")
        CategoriesCheck categories,
    @Setting(value = "duplicate files", defaultsTo = "{}") FilesCheck files,
    @Setting(value = "duplicate rows", defaultsTo = "{}") DuplicateRowsCheck duplicateRows,
    @Setting(value = "columns that have become constant", defaultsTo = "{}") ConstantCheck constant,
    @Setting(value = "population stability index, by column", defaultsTo = "{}") StabilityCheck psi,
    @Setting(value = "Wasserstein-1 distance, by column", defaultsTo = "{}")
        WassersteinCheck wasserstein,
    @Setting(
            value = "Jensen-Shannon distance, by column with few distinct values",
            defaultsTo = "{}")
        JensenShannonCheck jensenShannon,
    @Setting(value = "share of columns that have drifted", defaultsTo = "{}")
        DriftedShareCheck driftedShare,
    @Setting(value = "the rows' energies under the model", defaultsTo = "{}")
        EnergyDriftCheck energy,
    @Setting("where to put unfit rows; if absent, they stay among the others")
        Optional<QuarantineSettings> quarantine) {

  /** The default settings. */
  public static CheckSettings defaults() {
    return SettingsBinder.bind(SettingsTree.parse("defaults", ""), CheckSettings.class);
  }

  /** What to do about columns that are missing, new, or of a different type. */
  public record SchemaCheck(
      @Setting(
              value =
                  "stop if a feature is missing, new, or no longer a number; a different numeric"
                      + " type only warns",
              defaultsTo = "stop")
          Action action) {}

  /** How much the number of rows may differ from the median of the last nights. */
  public record RowsCheck(
      @Setting(value = "what to do about it", defaultsTo = "stop") Action action,
      @Setting(
              value = "factor of more or fewer rows, less 1, above which the check warns",
              defaultsTo = "0.25")
          double warn,
      @Setting(
              value = "likewise, above which nothing is trained: 0.67 is 40 % fewer or 67 % more",
              defaultsTo = "0.67")
          double stop)
      implements CheckLimits {
    public RowsCheck {
      CheckLimits.check(warn, stop);
    }
  }

  /** What to do about files with the same content. */
  public record FilesCheck(
      @Setting(value = "what to do about it", defaultsTo = "stop") Action action,
      @Setting(
              value =
                  "whether every night's rows are new, so that a file of the previous night is a"
                      + " duplicate",
              defaultsTo = "false")
          boolean increments) {}

  /** What to do about columns that have become constant. */
  public record ConstantCheck(
      @Setting(value = "what to do about it", defaultsTo = "stop") Action action) {}

  /** How much a column's share of missing values may rise from the champion's rows. */
  public record NullsCheck(
      @Setting(value = "what to do about it", defaultsTo = "stop") Action action,
      @Setting(
              value = "rise in the share of missing values above which the check warns",
              defaultsTo = "0.02")
          double warn,
      @Setting(value = "likewise, above which nothing is trained", defaultsTo = "0.1") double stop)
      implements CheckLimits {
    public NullsCheck {
      CheckLimits.check(warn, stop);
    }
  }

  /** How many rows may hold a value below, or above, the range of the champion's rows. */
  public record RangeCheck(
      @Setting(value = "what to do about it", defaultsTo = "stop") Action action,
      @Setting(
              value =
                  "share of rows below, or above, the range seen before, above which the check"
                      + " warns",
              defaultsTo = "0.01")
          double warn,
      @Setting(value = "likewise, above which nothing is trained", defaultsTo = "0.05") double stop)
      implements CheckLimits {
    public RangeCheck {
      CheckLimits.check(warn, stop);
    }
  }

  /** How many rows may hold a new value in a column with few distinct ones. */
  public record CategoriesCheck(
      @Setting(value = "what to do about it", defaultsTo = "stop") Action action,
      @Setting(
              value = "share of rows with a value not seen before, above which the check warns",
              defaultsTo = "0.001")
          double warn,
      @Setting(value = "likewise, above which nothing is trained", defaultsTo = "0.05") double stop)
      implements CheckLimits {
    public CategoriesCheck {
      CheckLimits.check(warn, stop);
    }
  }

  /** How much the share of duplicate rows may rise from the champion's rows. */
  public record DuplicateRowsCheck(
      @Setting(value = "what to do about it", defaultsTo = "stop") Action action,
      @Setting(
              value = "rise in the share of duplicate rows above which the check warns",
              defaultsTo = "0.02")
          double warn,
      @Setting(value = "likewise, above which nothing is trained", defaultsTo = "0.2") double stop)
      implements CheckLimits {
    public DuplicateRowsCheck {
      CheckLimits.check(warn, stop);
    }
  }

  /** How far a column may drift, by the population stability index of its bins. */
  public record StabilityCheck(
      @Setting(value = "what to do about it", defaultsTo = "stop") Action action,
      @Setting(value = "index above which the check warns", defaultsTo = "0.1") double warn,
      @Setting(value = "likewise, above which nothing is trained", defaultsTo = "0.25") double stop)
      implements CheckLimits {
    public StabilityCheck {
      CheckLimits.check(warn, stop);
    }
  }

  /** How far a column may drift, by its Wasserstein-1 distance. */
  public record WassersteinCheck(
      @Setting(value = "what to do about it", defaultsTo = "stop") Action action,
      @Setting(
              value =
                  "distance, in the champion's standard deviations, above which the check warns",
              defaultsTo = "0.2")
          double warn,
      @Setting(value = "likewise, above which nothing is trained", defaultsTo = "0.5") double stop)
      implements CheckLimits {
    public WassersteinCheck {
      CheckLimits.check(warn, stop);
    }
  }

  /** How far a column with few distinct values may drift, by its Jensen-Shannon distance. */
  public record JensenShannonCheck(
      @Setting(value = "what to do about it", defaultsTo = "stop") Action action,
      @Setting(value = "distance, 0 to 1, above which the check warns", defaultsTo = "0.1")
          double warn,
      @Setting(value = "likewise, above which nothing is trained", defaultsTo = "0.25") double stop)
      implements CheckLimits {
    public JensenShannonCheck {
      CheckLimits.check(warn, stop);
    }
  }

  /** What share of the columns, of four or more, may have drifted. */
  public record DriftedShareCheck(
      @Setting(value = "what to do about it", defaultsTo = "stop") Action action,
      @Setting(
              value =
                  "share of columns that psi, wasserstein or jensenShannon warns of, above which"
                      + " the check warns",
              defaultsTo = "0.25")
          double warn,
      @Setting(value = "likewise, above which nothing is trained", defaultsTo = "0.5") double stop)
      implements CheckLimits {
    public DriftedShareCheck {
      CheckLimits.check(warn, stop);
    }
  }

  /** How far the champion's energies may drift, by their population stability index in deciles. */
  public record EnergyDriftCheck(
      @Setting(value = "what to do about it", defaultsTo = "stop") Action action,
      @Setting(value = "index above which the check warns", defaultsTo = "0.1") double warn,
      @Setting(value = "likewise, above which nothing is trained", defaultsTo = "0.25") double stop)
      implements CheckLimits {
    public EnergyDriftCheck {
      CheckLimits.check(warn, stop);
    }
  }

  /** Which rows to quarantine, so that they are not trained on. */
  public record QuarantineSettings(
      @Setting(
              "folder for quarantined rows: Parquet, in a subfolder per run, with a reason for"
                  + " each row")
          String path,
      @Setting(
              value = "whether to quarantine rows with missing values: null, NaN or infinite",
              defaultsTo = "true")
          boolean missing,
      @Setting(
              value = "lowest and highest value allowed in a column, by name: {age: [0, 130]}",
              defaultsTo = "{}")
          Map<String, List<Double>> ranges,
      @Setting(value = "what to do if many rows are quarantined", defaultsTo = "stop")
          Action action,
      @Setting(value = "share of rows, above which the check warns", defaultsTo = "0.05")
          double warn,
      @Setting(value = "likewise, above which nothing is trained", defaultsTo = "0.5") double stop)
      implements CheckLimits {
    public QuarantineSettings {
      Check.that(!path.isBlank(), "path", "must not be blank");
      ranges.forEach(
          (column, range) ->
              Check.that(
                  range.size() == 2 && range.get(0) <= range.get(1),
                  "ranges",
                  "must be [lowest, highest], got " + range + " for " + column));
      CheckLimits.check(warn, stop);
      ranges = Collections.unmodifiableMap(new LinkedHashMap<>(ranges));
    }
  }
}
