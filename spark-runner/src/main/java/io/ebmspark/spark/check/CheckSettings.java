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
 * What new rows are checked for before anything is trained on them, against the rows of the model
 * in use. Each check can be {@code stop}, {@code warn} or {@code off}; a limit counts where it is
 * above what chance alone makes of that many rows.
 */
public record CheckSettings(
    @Setting(value = "columns and types that the model's features come from", defaultsTo = "{}")
        SchemaCheck schema,
    @Setting(value = "number of rows", defaultsTo = "{}") RowsCheck rows,
    @Setting(value = "rows without a number, by column", defaultsTo = "{}") NullsCheck nulls,
    @Setting(value = "numbers beyond those seen before, by column", defaultsTo = "{}")
        RangeCheck outOfRange,
    @Setting(value = "new values in columns of few, by column", defaultsTo = "{}")
        CategoriesCheck categories,
    @Setting(value = "files that are there twice", defaultsTo = "{}") FilesCheck files,
    @Setting(value = "rows that are there twice", defaultsTo = "{}")
        DuplicateRowsCheck duplicateRows,
    @Setting(value = "columns that hold one value only, and did not", defaultsTo = "{}")
        ConstantCheck constant,
    @Setting(value = "population stability index, by column", defaultsTo = "{}") StabilityCheck psi,
    @Setting(value = "Wasserstein-1 distance, by column", defaultsTo = "{}")
        WassersteinCheck wasserstein,
    @Setting(value = "Jensen-Shannon distance, by column of few values", defaultsTo = "{}")
        JensenShannonCheck jensenShannon,
    @Setting(value = "share of columns that moved", defaultsTo = "{}")
        DriftedShareCheck driftedShare,
    @Setting(value = "energies that the model gives the rows", defaultsTo = "{}")
        EnergyDriftCheck energy,
    @Setting("where unfit rows are put; absent: they stay among the others")
        Optional<QuarantineSettings> quarantine) {

  /** The settings that nobody has changed. */
  public static CheckSettings defaults() {
    return SettingsBinder.bind(SettingsTree.parse("defaults", ""), CheckSettings.class);
  }

  /** What is done about columns that are missing, new, or of another type. */
  public record SchemaCheck(
      @Setting(
              value =
                  "stop where a feature is missing, new, or no number any more; another type of"
                      + " number only warns",
              defaultsTo = "stop")
          Action action) {}

  /** How much the number of rows may differ from the median of the last nights. */
  public record RowsCheck(
      @Setting(value = "what is done about it", defaultsTo = "stop") Action action,
      @Setting(
              value = "factor of more, or fewer, rows, less 1, above which a person is told",
              defaultsTo = "0.25")
          double warn,
      @Setting(
              value = "the same, above which nothing is trained: 0.67 is 40 % fewer or 67 % more",
              defaultsTo = "0.67")
          double stop)
      implements Limits {
    public RowsCheck {
      Limits.check(warn, stop);
    }
  }

  /** What is done about files of the same content. */
  public record FilesCheck(
      @Setting(value = "what is done about it", defaultsTo = "stop") Action action,
      @Setting(
              value =
                  "whether every night's rows are new ones, so that a file of the night before is"
                      + " one too many",
              defaultsTo = "false")
          boolean increments) {}

  /** What is done about columns that hold one value only, and held several. */
  public record ConstantCheck(
      @Setting(value = "what is done about it", defaultsTo = "stop") Action action) {}

  /** How much more often a column may lack a number than in the champion's rows. */
  public record NullsCheck(
      @Setting(value = "what is done about it", defaultsTo = "stop") Action action,
      @Setting(
              value = "rise of the share of rows without a number, above which a person is told",
              defaultsTo = "0.02")
          double warn,
      @Setting(value = "the same, above which nothing is trained", defaultsTo = "0.1") double stop)
      implements Limits {
    public NullsCheck {
      Limits.check(warn, stop);
    }
  }

  /** How many rows may hold a number below, or above, all that the champion's rows held. */
  public record RangeCheck(
      @Setting(value = "what is done about it", defaultsTo = "stop") Action action,
      @Setting(
              value =
                  "share of rows below, or above, all that was seen; above which a person is told",
              defaultsTo = "0.01")
          double warn,
      @Setting(value = "the same, above which nothing is trained", defaultsTo = "0.05") double stop)
      implements Limits {
    public RangeCheck {
      Limits.check(warn, stop);
    }
  }

  /** How many rows may hold a value that a column of few different values did not have. */
  public record CategoriesCheck(
      @Setting(value = "what is done about it", defaultsTo = "stop") Action action,
      @Setting(
              value = "share of rows with a value not seen before, above which a person is told",
              defaultsTo = "0.001")
          double warn,
      @Setting(value = "the same, above which nothing is trained", defaultsTo = "0.05") double stop)
      implements Limits {
    public CategoriesCheck {
      Limits.check(warn, stop);
    }
  }

  /** How much more often rows may be copies of others than among the champion's. */
  public record DuplicateRowsCheck(
      @Setting(value = "what is done about it", defaultsTo = "stop") Action action,
      @Setting(
              value = "rise of the share of rows that are copies, above which a person is told",
              defaultsTo = "0.02")
          double warn,
      @Setting(value = "the same, above which nothing is trained", defaultsTo = "0.2") double stop)
      implements Limits {
    public DuplicateRowsCheck {
      Limits.check(warn, stop);
    }
  }

  /** How far a column may move, by the population stability index of its bins. */
  public record StabilityCheck(
      @Setting(value = "what is done about it", defaultsTo = "stop") Action action,
      @Setting(value = "index, above which a person is told", defaultsTo = "0.1") double warn,
      @Setting(value = "the same, above which nothing is trained", defaultsTo = "0.25") double stop)
      implements Limits {
    public StabilityCheck {
      Limits.check(warn, stop);
    }
  }

  /** How far a column may move, by its Wasserstein-1 distance. */
  public record WassersteinCheck(
      @Setting(value = "what is done about it", defaultsTo = "stop") Action action,
      @Setting(
              value =
                  "distance, in the champion's standard deviations, above which a person is told",
              defaultsTo = "0.2")
          double warn,
      @Setting(value = "the same, above which nothing is trained", defaultsTo = "0.5") double stop)
      implements Limits {
    public WassersteinCheck {
      Limits.check(warn, stop);
    }
  }

  /** How far a column of few different values may move, by its Jensen-Shannon distance. */
  public record JensenShannonCheck(
      @Setting(value = "what is done about it", defaultsTo = "stop") Action action,
      @Setting(value = "distance, 0 to 1, above which a person is told", defaultsTo = "0.1")
          double warn,
      @Setting(value = "the same, above which nothing is trained", defaultsTo = "0.25") double stop)
      implements Limits {
    public JensenShannonCheck {
      Limits.check(warn, stop);
    }
  }

  /** How many columns may have moved, of four or more. */
  public record DriftedShareCheck(
      @Setting(value = "what is done about it", defaultsTo = "stop") Action action,
      @Setting(
              value =
                  "share of columns that psi, wasserstein or jensenShannon warns of, above which a person is told",
              defaultsTo = "0.25")
          double warn,
      @Setting(value = "the same, above which nothing is trained", defaultsTo = "0.5") double stop)
      implements Limits {
    public DriftedShareCheck {
      Limits.check(warn, stop);
    }
  }

  /** How far the champion's energies may move, by their population stability index in deciles. */
  public record EnergyDriftCheck(
      @Setting(value = "what is done about it", defaultsTo = "stop") Action action,
      @Setting(value = "index, above which a person is told", defaultsTo = "0.1") double warn,
      @Setting(value = "the same, above which nothing is trained", defaultsTo = "0.25") double stop)
      implements Limits {
    public EnergyDriftCheck {
      Limits.check(warn, stop);
    }
  }

  /** Rows put aside, so that they are not trained on. */
  public record QuarantineSettings(
      @Setting(
              "folder they are put in, as Parquet, in a folder of the run's own, with a reason each")
          String path,
      @Setting(
              value = "whether rows are put aside that lack a number, or hold NaN or an infinity",
              defaultsTo = "true")
          boolean missing,
      @Setting(
              value = "lowest and highest number a column may hold, by name: {age: [0, 130]}",
              defaultsTo = "{}")
          Map<String, List<Double>> ranges,
      @Setting(value = "what is done where many rows are put aside", defaultsTo = "stop")
          Action action,
      @Setting(value = "share of rows, above which a person is told", defaultsTo = "0.05")
          double warn,
      @Setting(value = "the same, above which nothing is trained", defaultsTo = "0.5") double stop)
      implements Limits {
    public QuarantineSettings {
      Check.that(!path.isBlank(), "path", "must not be blank");
      ranges.forEach(
          (column, range) ->
              Check.that(
                  range.size() == 2 && range.get(0) <= range.get(1),
                  "ranges",
                  "must be [lowest, highest], got " + range + " for " + column));
      Limits.check(warn, stop);
      ranges = Collections.unmodifiableMap(new LinkedHashMap<>(ranges));
    }
  }
}
