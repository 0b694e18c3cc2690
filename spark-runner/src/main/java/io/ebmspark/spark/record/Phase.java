package io.ebmspark.spark.record;

import io.ebmspark.core.settings.Setting;

/** One phase of a run and its duration. */
public record Phase(
    @Setting("what was done, such as train or write") String name,
    @Setting("duration in seconds") double seconds) {}
