package io.ebmspark.spark.record;

import io.ebmspark.core.settings.Setting;
import java.util.Optional;

/** A number with how sure it is. */
public record Measured(
    @Setting("the number") double value,
    @Setting("its standard error, where that can be told") Optional<Double> standardError) {}
