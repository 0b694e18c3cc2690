package io.ebmspark.spark.score;

import io.ebmspark.core.model.Calibration;
import io.ebmspark.core.settings.BadSettingException;
import io.ebmspark.core.settings.Check;
import io.ebmspark.core.settings.Setting;
import java.util.Optional;
import java.util.stream.Stream;

/** Which rows to flag: by one rate, through p-values among the rows held out from training. */
public record ThresholdSettings(
    @Setting("share of rows to flag among rows like those trained on")
        Optional<Double> falsePositiveRate,
    @Setting(
            "largest expected share of usual rows among those flagged in one run"
                + " (Benjamini–Hochberg over its rows)")
        Optional<Double> falseDiscoveryRate,
    @Setting(
            "another name for falsePositiveRate, known from other detectors: the share of rows to"
                + " flag among rows like those trained on, however many anomalies there are")
        Optional<Double> contamination) {
  public ThresholdSettings {
    rate("falsePositiveRate", falsePositiveRate);
    rate("falseDiscoveryRate", falseDiscoveryRate);
    rate("contamination", contamination);
    Check.that(
        Stream.of(falsePositiveRate, falseDiscoveryRate, contamination)
                .filter(Optional::isPresent)
                .count()
            == 1,
        "falsePositiveRate",
        "or falseDiscoveryRate or contamination must be given, and only one of them");
  }

  private static void rate(String name, Optional<Double> rate) {
    rate.ifPresent(
        value ->
            Check.that(value > 0 && value < 1, name, "must be above 0 and below 1, got " + value));
  }

  /** Whether the cut-off depends on all rows of a run. */
  public boolean isOverTheRun() {
    return falseDiscoveryRate.isPresent();
  }

  /** The rate, whichever setting gives it. */
  public double rate() {
    return Stream.of(falsePositiveRate, falseDiscoveryRate, contamination)
        .flatMap(Optional::stream)
        .findFirst()
        .orElseThrow();
  }

  private String name() {
    return falsePositiveRate.isPresent()
        ? "falsePositiveRate"
        : isOverTheRun() ? "falseDiscoveryRate" : "contamination";
  }

  /**
   * The calibration, checked to have enough rows for the rate.
   *
   * @param known the model's calibration
   * @param model the model's name, for messages
   * @throws BadSettingException if there is none, or it has too few rows
   */
  public Calibration require(Optional<Calibration> known, String model) {
    Calibration calibration =
        known.orElseThrow(
            () ->
                new BadSettingException(
                    "threshold",
                    "needs rows held out from training, and "
                        + model
                        + " has none; train it with data.holdOut, or leave threshold out"));
    if (rate() < calibration.smallestRate()) {
      throw new BadSettingException(
          "threshold." + name(),
          "is "
              + rate()
              + ", which takes at least "
              + Calibration.rowsFor(rate())
              + " rows held out from training, and "
              + model
              + " has "
              + calibration.rows()
              + ": the smallest rate they can keep is "
              + calibration.smallestRate()
              + "; train on more rows, or raise data.holdOut.fraction or the rate");
    }
    return calibration;
  }
}
