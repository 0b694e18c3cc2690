package io.ebmspark.spark.record;

import io.ebmspark.core.settings.Setting;

/** The alarms that a threshold would raise. */
public record AlertBudget(
    @Setting("intended false-positive rate") double falsePositiveRate,
    @Setting("rows at or above this energy are flagged") double threshold,
    @Setting("rows of this run that would be flagged") long flagged,
    @Setting("rows that would be flagged if all were usual") double expected) {}
