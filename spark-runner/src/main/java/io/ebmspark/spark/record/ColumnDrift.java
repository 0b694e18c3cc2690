package io.ebmspark.spark.record;

import io.ebmspark.core.settings.Setting;
import java.util.List;
import java.util.Optional;

/** One column of new rows beside the same column of the rows a model was trained on. */
public record ColumnDrift(
    @Setting("the column") String name,
    @Setting("rows with no value, of those looked at") long nulls,
    @Setting("rows below all that the profile saw") long below,
    @Setting("rows above all that the profile saw") long above,
    @Setting("population stability index against the profile") Optional<Double> psi,
    @Setting("what that index reaches by chance alone in one of 100 000 nights")
        Optional<Double> psiNoise,
    @Setting("Wasserstein-1 distance over the profile's standard deviation")
        Optional<Double> wasserstein,
    @Setting("Jensen-Shannon distance in bits, 0 to 1, for categories")
        Optional<Double> jensenShannon,
    @Setting("what became of the checks of this column") Status status,
    @Setting("names of the bins: ranges, categories, null, below, above") List<String> bins,
    @Setting("rows of the profile in each bin") List<Long> expected,
    @Setting("new rows in each bin") List<Long> counts) {}
