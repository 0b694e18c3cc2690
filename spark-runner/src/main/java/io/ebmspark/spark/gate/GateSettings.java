package io.ebmspark.spark.gate;

import io.ebmspark.core.settings.Check;
import io.ebmspark.core.settings.Setting;
import io.ebmspark.core.settings.SettingsBinder;
import io.ebmspark.core.settings.SettingsTree;
import io.ebmspark.spark.record.Action;

/**
 * What a candidate must pass to replace the champion. Each gate can be {@code stop}, {@code warn}
 * or {@code off}; a difference of losses, mean energies, alarm rates, rankings, areas or average
 * precisions counts only if it exceeds both the limit and what chance alone produces with that many
 * rows.
 */
public record GateSettings(
    @Setting(value = "weights and energies that are not finite", defaultsTo = "{}")
        FiniteGate finite,
    @Setting(value = "held-out loss compared with the champion's", defaultsTo = "{}")
        ObjectiveGate objective,
    @Setting(
            value = "mean energy of rows stored with the champion, compared with that of new ones",
            defaultsTo = "{}")
        MeanEnergyGate meanEnergy,
    @Setting(
            value =
                "alarm rates: the candidate's on rows stored with the champion, and the champion's"
                    + " on new rows",
            defaultsTo = "{}")
        AlertRateGate alertRate,
    @Setting(
            value =
                "Spearman's rank correlation of the models' energies, on new and on stored rows",
            defaultsTo = "{}")
        RankCorrelationGate rankCorrelation,
    @Setting(
            value = "area under the ROC curve, for labelled or corrupted rows, and the champion's",
            defaultsTo = "{}")
        AurocGate auroc,
    @Setting(value = "average precision compared with the champion's", defaultsTo = "{}")
        AveragePrecisionGate averagePrecision,
    @Setting(value = "sliced Wasserstein distance of drawn rows", defaultsTo = "{}")
        SamplesGate samples,
    @Setting(value = "R-hat of the chains that draw rows", defaultsTo = "{}") ChainsGate chains,
    @Setting(
            value = "number of standard errors that a difference must exceed to count at all",
            defaultsTo = "4")
        double deviations) {
  public GateSettings {
    Check.notNegative("deviations", deviations);
  }

  /** The default settings. */
  public static GateSettings defaults() {
    return SettingsBinder.bind(SettingsTree.parse("defaults", ""), GateSettings.class);
  }

  /** What to do about a candidate with values that are not finite. */
  public record FiniteGate(
      @Setting(value = "what to do about it", defaultsTo = "stop") Action action) {}

  /** How much worse the held-out loss may be. */
  public record ObjectiveGate(
      @Setting(value = "what to do about it", defaultsTo = "stop") Action action,
      @Setting(
              value =
                  "share of the champion's gain over its untrained energy that the candidate may"
                      + " lose",
              defaultsTo = "0.1")
          double limit) {
    public ObjectiveGate {
      Check.notNegative("limit", limit);
    }
  }

  /** How far the mean energy may have moved. */
  public record MeanEnergyGate(
      @Setting(value = "what to do about it", defaultsTo = "stop") Action action,
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
      @Setting(value = "what to do about it", defaultsTo = "stop") Action action,
      @Setting(
              value = "factor by which there may be more, or fewer, alarms than intended",
              defaultsTo = "3")
          double limit) {
    public AlertRateGate {
      Check.that(limit >= 1, "limit", "must be at least 1, got " + limit);
    }
  }

  /** How differently the two models may rank rows. */
  public record RankCorrelationGate(
      @Setting(value = "what to do about it", defaultsTo = "stop") Action action,
      @Setting(value = "lowest correlation", defaultsTo = "0.8") double limit) {
    public RankCorrelationGate {
      Check.between("limit", limit, -1, 1);
    }
  }

  /** How much smaller the area may be than the champion's. */
  public record AurocGate(
      @Setting(value = "what to do about it", defaultsTo = "stop") Action action,
      @Setting(value = "largest fall below the champion's", defaultsTo = "0.03") double limit) {
    public AurocGate {
      Check.notNegative("limit", limit);
    }
  }

  /** How much lower the average precision may be than the champion's. */
  public record AveragePrecisionGate(
      @Setting(value = "what to do about it", defaultsTo = "stop") Action action,
      @Setting(value = "largest fall below the champion's", defaultsTo = "0.05") double limit) {
    public AveragePrecisionGate {
      Check.notNegative("limit", limit);
    }
  }

  /** How far drawn rows may be from held-out ones. */
  public record SamplesGate(
      @Setting(value = "what to do about it", defaultsTo = "off") Action action,
      @Setting(
              value = "distance, less that between held-out rows, as a multiple of the champion's",
              defaultsTo = "1.5")
          double limit) {
    public SamplesGate {
      Check.positive("limit", limit);
    }
  }

  /** How much chains may disagree. */
  public record ChainsGate(
      @Setting(value = "what to do about it", defaultsTo = "off") Action action,
      @Setting(value = "largest R-hat", defaultsTo = "1.2") double limit) {
    public ChainsGate {
      Check.positive("limit", limit);
    }
  }
}
