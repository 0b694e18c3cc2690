package io.ebmspark.spark.record;

import io.ebmspark.core.settings.Setting;

/** What a threshold would cost in alarms. */
public record AlertBudget(
    @Setting("false-positive rate it is meant for") double falsePositiveRate,
    @Setting("rows at or above this energy are flagged") double threshold,
    @Setting("rows of this run that would be flagged") long flagged,
    @Setting("rows that would be flagged if all were usual") double expected) {}
