package io.ebmspark.spark.gate;

import io.ebmspark.core.settings.Check;
import io.ebmspark.core.settings.Setting;
import io.ebmspark.core.settings.SettingsBinder;
import io.ebmspark.core.settings.SettingsTree;
import io.ebmspark.spark.record.Action;

/**
 * What a candidate must pass to take the champion's place. Each gate can be {@code stop}, {@code
 * warn} or {@code off}; a difference counts where it is above a limit, and above what chance alone
 * makes of that many rows.
 */
public record GateSettings(
    @Setting(value = "weights and energies that are no finite numbers", defaultsTo = "{}")
        FiniteGate finite,
    @Setting(value = "held-out loss beside the champion's", defaultsTo = "{}")
        ObjectiveGate objective,
    @Setting(
            value = "mean energy of the rows kept with the champion beside that of the new ones",
            defaultsTo = "{}")
        MeanEnergyGate meanEnergy,
    @Setting(
            value =
                "alarms, at the rate meant: the candidate's among rows kept with the champion, the"
                    + " champion's among new rows",
            defaultsTo = "{}")
        AlertRateGate alertRate,
    @Setting(
            value = "Spearman's correlation of both models' energies, of new rows and of rows kept",
            defaultsTo = "{}")
        RankCorrelationGate rankCorrelation,
    @Setting(
            value = "area under the ROC curve beside the champion's, of labelled or corrupted rows",
            defaultsTo = "{}")
        AurocGate auroc,
    @Setting(value = "average precision beside the champion's", defaultsTo = "{}")
        AveragePrecisionGate averagePrecision,
    @Setting(value = "sliced Wasserstein distance of drawn rows", defaultsTo = "{}")
        SamplesGate samples,
    @Setting(value = "R-hat of the chains that draw rows", defaultsTo = "{}") ChainsGate chains,
    @Setting(
            value = "standard errors that a difference must be beyond to count at all",
            defaultsTo = "4")
        double deviations) {
  public GateSettings {
    Check.notNegative("deviations", deviations);
  }

  /** The settings that nobody has changed. */
  public static GateSettings defaults() {
    return SettingsBinder.bind(SettingsTree.parse("defaults", ""), GateSettings.class);
  }

  /** What is done about a candidate with numbers that are not finite. */
  public record FiniteGate(
      @Setting(value = "what is done about it", defaultsTo = "stop") Action action) {}

  /** How much worse the held-out loss may be. */
  public record ObjectiveGate(
      @Setting(value = "what is done about it", defaultsTo = "stop") Action action,
      @Setting(
              value =
                  "share of what the champion gains on its untrained energy that the candidate may"
                      + " lose",
              defaultsTo = "0.1")
          double limit) {
    public ObjectiveGate {
      Check.notNegative("limit", limit);
    }
  }

  /** How far the mean energy may have moved. */
  public record MeanEnergyGate(
      @Setting(value = "what is done about it", defaultsTo = "stop") Action action,
      @Setting(
              value = "difference, in standard deviations of the candidate's energies",
              defaultsTo = "0.25")
          double limit) {
    public MeanEnergyGate {
      Check.notNegative("limit", limit);
    }
  }

  /** How many alarms there may be. */
  public record AlertRateGate(
      @Setting(value = "what is done about it", defaultsTo = "stop") Action action,
      @Setting(value = "factor of more, or fewer, alarms than meant", defaultsTo = "3")
          double limit) {
    public AlertRateGate {
      Check.that(limit >= 1, "limit", "must be at least 1, got " + limit);
    }
  }

  /** How differently rows may be ranked. */
  public record RankCorrelationGate(
      @Setting(value = "what is done about it", defaultsTo = "stop") Action action,
      @Setting(value = "lowest correlation", defaultsTo = "0.8") double limit) {
    public RankCorrelationGate {
      Check.between("limit", limit, -1, 1);
    }
  }

  /** How much smaller the area may be. */
  public record AurocGate(
      @Setting(value = "what is done about it", defaultsTo = "stop") Action action,
      @Setting(value = "fall below the champion's", defaultsTo = "0.03") double limit) {
    public AurocGate {
      Check.notNegative("limit", limit);
    }
  }

  /** How much lower the average precision may be. */
  public record AveragePrecisionGate(
      @Setting(value = "what is done about it", defaultsTo = "stop") Action action,
      @Setting(value = "fall below the champion's", defaultsTo = "0.05") double limit) {
    public AveragePrecisionGate {
      Check.notNegative("limit", limit);
    }
  }

  /** How far drawn rows may be from held-out ones. */
  public record SamplesGate(
      @Setting(value = "what is done about it", defaultsTo = "off") Action action,
      @Setting(
              value = "distance, less that of held-out rows to each other, over the champion's",
              defaultsTo = "1.5")
          double limit) {
    public SamplesGate {
      Check.positive("limit", limit);
    }
  }

  /** How much chains may disagree. */
  public record ChainsGate(
      @Setting(value = "what is done about it", defaultsTo = "off") Action action,
      @Setting(value = "largest R-hat", defaultsTo = "1.2") double limit) {
    public ChainsGate {
      Check.positive("limit", limit);
    }
  }
}
