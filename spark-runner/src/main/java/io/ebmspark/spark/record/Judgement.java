package io.ebmspark.spark.record;

import io.ebmspark.core.settings.Setting;
import java.util.Optional;

/**
 * The result of one check of rows or one gate for a candidate: what was measured, and against which
 * limit.
 */
public record Judgement(
    @Setting("the check or gate, by the name of its setting") String name,
    @Setting("the column, for checks of single columns") Optional<String> column,
    @Setting("the result") Status status,
    @Setting("the value measured; absent if none could be") Optional<Double> value,
    @Setting("the limit it was compared with; absent if there is none") Optional<Double> limit,
    @Setting("one sentence for people to read") String message) {}
