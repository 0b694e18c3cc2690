package io.ebmspark.spark.record;

import io.ebmspark.core.settings.Setting;
import java.util.List;
import java.util.Optional;

/** How training went. */
public record TrainingRecord(
    @Setting("steps done") long steps,
    @Setting("step it resumed at, if it was interrupted") Optional<Long> resumedAt,
    @Setting("how often it rolled back after diverging") int rollbacks,
    @Setting("at most a few hundred steps, evenly spaced") List<CurvePoint> curve) {}
