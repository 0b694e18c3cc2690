package io.ebmspark.spark.record;

import io.ebmspark.core.settings.Setting;
import java.util.Optional;

/** How sampling chains behaved. */
public record ChainRecord(
    @Setting("largest R-hat over the features; near 1 if the chains agree") Optional<Double> rHat,
    @Setting("smallest effective sample size over the features") Optional<Double> effectiveSize,
    @Setting("share of proposals accepted, for samplers that reject") Optional<Double> acceptance,
    @Setting("one sentence for people to read") String message) {}
