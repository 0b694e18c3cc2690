package io.ebmspark.spark.record;

import io.ebmspark.core.settings.Setting;
import java.util.Optional;

/** How sampling chains behaved. */
public record ChainRecord(
    @Setting("R-hat of the chains' energies; near 1 if they agree, none if it cannot be told")
        Optional<Double> rHat,
    @Setting("effective sample size of the chains' energies, over all chains")
        Optional<Double> effectiveSize,
    @Setting("share of proposals accepted, for samplers that reject") Optional<Double> acceptance,
    @Setting("one sentence for people to read") String message) {}
