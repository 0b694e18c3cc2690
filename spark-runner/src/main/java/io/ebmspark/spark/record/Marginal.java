package io.ebmspark.spark.record;

import io.ebmspark.core.settings.Setting;

/** The distributions of one feature in data and samples, over the same bins. */
public record Marginal(
    @Setting("of held-out rows") Histogram data, @Setting("of drawn rows") Histogram samples) {}
