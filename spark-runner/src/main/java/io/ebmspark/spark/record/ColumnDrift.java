package io.ebmspark.spark.record;

import io.ebmspark.core.settings.Setting;
import java.util.List;
import java.util.Optional;

/** One column of new rows compared with the same column of a model's training rows. */
public record ColumnDrift(
    @Setting("the column") String name,
    @Setting("rows with a missing value") long nulls,
    @Setting("rows below the profile's range, of numbers") long below,
    @Setting("rows above the profile's range, of numbers") long above,
    @Setting("rows with a value that the profile does not have, of categories")
        Optional<Long> unseen,
    @Setting("population stability index against the profile") Optional<Double> psi,
    @Setting("value that chance alone exceeds in one of 100 000 nights, over all columns")
        Optional<Double> psiNoise,
    @Setting("Wasserstein-1 distance over the profile's standard deviation")
        Optional<Double> wasserstein,
    @Setting("Jensen-Shannon distance in bits, 0 to 1, for categories")
        Optional<Double> jensenShannon,
    @Setting("the worst result of this column's checks") Status status,
    @Setting(
            "names of the bins: ranges, then null, below and above; categories, then null and unseen")
        List<String> bins,
    @Setting("rows of the profile in each bin") List<Long> expected,
    @Setting("new rows in each bin") List<Long> counts) {}
