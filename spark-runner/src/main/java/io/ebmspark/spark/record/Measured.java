package io.ebmspark.spark.record;

import io.ebmspark.core.settings.Setting;
import java.util.Optional;

/** A number with its uncertainty. */
public record Measured(
    @Setting("the number") double value,
    @Setting("its standard error, if known") Optional<Double> standardError) {}
