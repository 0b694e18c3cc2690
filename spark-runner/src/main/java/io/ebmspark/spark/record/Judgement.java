package io.ebmspark.spark.record;

import io.ebmspark.core.settings.Setting;
import java.util.Optional;

/** One check of rows, or one gate of a candidate: what was measured, against which limit. */
public record Judgement(
    @Setting("what was judged, as its setting is called") String name,
    @Setting("the column it is of, for checks of single columns") Optional<String> column,
    @Setting("how it ended") Status status,
    @Setting("what was measured; absent where nothing could be") Optional<Double> value,
    @Setting("the limit it was held against; absent where there is none") Optional<Double> limit,
    @Setting("one sentence for a person") String message) {}
