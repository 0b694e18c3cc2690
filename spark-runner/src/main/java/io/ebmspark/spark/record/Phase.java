package io.ebmspark.spark.record;

import io.ebmspark.core.settings.Setting;

/** One part of a run and what it took. */
public record Phase(
    @Setting("what was done, such as train or write") String name,
    @Setting("seconds it took") double seconds) {}
