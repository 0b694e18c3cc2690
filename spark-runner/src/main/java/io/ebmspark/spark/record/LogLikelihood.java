package io.ebmspark.spark.record;

import io.ebmspark.core.settings.Setting;

/** Mean log-likelihood of held-out rows, in nats per row, by annealed importance sampling. */
public record LogLikelihood(
    @Setting("stochastic lower bound") double lower,
    @Setting("stochastic upper bound") double upper,
    @Setting("standard error of the log of the normalising constant") double standardError) {}
