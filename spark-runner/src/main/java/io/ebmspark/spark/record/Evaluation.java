package io.ebmspark.spark.record;

import io.ebmspark.core.settings.Setting;
import java.util.Map;
import java.util.Optional;

/** What a model is worth on rows it was not trained on. */
public record Evaluation(
    @Setting("the model, as it was named") String model,
    @Setting("rows evaluated on") long rows,
    @Setting("mean of the training objective on these rows, at fixed noise")
        Optional<Measured> objective,
    @Setting("the same of the energy before training") Optional<Double> untrained,
    @Setting("the same of a Gaussian fitted to the rows, where scores are matched")
        Optional<Double> gaussian,
    @Setting("mean energy") Measured meanEnergy,
    @Setting("share of rows beyond the model's own threshold") Optional<Measured> alertRate,
    @Setting("area under the ROC curve of labelled anomalies, or of corrupted rows without labels")
        Optional<Measured> auroc,
    @Setting("average precision of the same") Optional<Measured> averagePrecision,
    @Setting("what the anomalies were: label or corrupted") Optional<String> anomalies,
    @Setting("distances of drawn rows to held-out ones, by name")
        Map<String, SampleDistance> distances,
    @Setting("log-likelihood, where it can be bounded") Optional<LogLikelihood> logLikelihood,
    @Setting("how the sampling chains went") Optional<ChainRecord> chains) {}
