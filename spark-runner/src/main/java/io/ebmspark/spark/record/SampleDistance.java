package io.ebmspark.spark.record;

import io.ebmspark.core.settings.Setting;
import java.util.Optional;

/** How far drawn rows are from held-out ones. */
public record SampleDistance(
    @Setting("the distance") double value,
    @Setting("the same between two halves of the held-out rows: the noise floor of the comparison")
        Optional<Double> floor) {}
