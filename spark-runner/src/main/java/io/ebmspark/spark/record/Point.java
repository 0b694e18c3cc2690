package io.ebmspark.spark.record;

import io.ebmspark.core.settings.Setting;

/** A row of two dimensions. */
public record Point(@Setting("first feature") double x, @Setting("second feature") double y) {}
