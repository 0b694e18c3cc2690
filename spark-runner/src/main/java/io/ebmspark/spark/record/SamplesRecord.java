package io.ebmspark.spark.record;

import io.ebmspark.core.settings.Setting;
import java.util.List;
import java.util.Optional;

/** Drawn rows beside held-out ones. */
public record SamplesRecord(
    @Setting("each feature, or the first few of many") List<Marginal> marginals,
    @Setting("held-out rows, in two dimensions") List<Point> data,
    @Setting("drawn rows, in two dimensions") List<Point> samples,
    @Setting("the energy, in two dimensions") Optional<Landscape> landscape,
    @Setting("images, if rows are images") Optional<ImageGrid> images) {}
