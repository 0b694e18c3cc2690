package io.ebmspark.spark.record;

import io.ebmspark.core.settings.Setting;
import java.util.Map;
import java.util.Optional;

/** Measurements of a model on rows it was not trained on. */
public record Evaluation(
    @Setting("the model, as the user named it") String model,
    @Setting("rows evaluated on") long rows,
    @Setting("mean of the training objective on these rows, at fixed noise")
        Optional<Measured> objective,
    @Setting("the same for the energy before training") Optional<Double> untrained,
    @Setting("the same for a Gaussian fitted to the rows, for objectives that match scores")
        Optional<Double> gaussian,
    @Setting("mean energy") Measured meanEnergy,
    @Setting("share of rows at or above the model's own threshold") Optional<Measured> alertRate,
    @Setting("area under the ROC curve, for labelled anomalies or, without labels, corrupted rows")
        Optional<Measured> auroc,
    @Setting("average precision, likewise") Optional<Measured> averagePrecision,
    @Setting("what the anomalies were: label or corrupted") Optional<String> anomalies,
    @Setting("number of these anomalies, beside the rows evaluated on") Optional<Long> anomalyRows,
    @Setting("distances from drawn rows to held-out ones, by name")
        Map<String, SampleDistance> distances,
    @Setting("bounds on the log-likelihood, if they can be computed")
        Optional<LogLikelihood> logLikelihood,
    @Setting("how the sampling chains behaved") Optional<ChainRecord> chains) {
  /**
   * What an area or an average precision rests on beside usual rows, such as "39 labelled
   * anomalies"; empty if nothing was ranked.
   */
  public Optional<String> ranked() {
    return anomalies.map(
        kind -> {
          boolean one = anomalyRows.filter(count -> count == 1).isPresent();
          String named =
              kind.equals("label")
                  ? "labelled " + (one ? "anomaly" : "anomalies")
                  : "corrupted " + (one ? "row" : "rows");
          return anomalyRows.map(count -> count + " ").orElse("") + named;
        });
  }
}
