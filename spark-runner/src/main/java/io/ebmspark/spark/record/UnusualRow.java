package io.ebmspark.spark.record;

import io.ebmspark.core.settings.Setting;
import java.util.Map;
import java.util.Optional;

/** A row of high energy. */
public record UnusualRow(
    @Setting("its energy; absent if it overflows") Optional<Double> energy,
    @Setting("its p-value among held-out rows") Optional<Double> pValue,
    @Setting("its values, by column") Map<String, String> values,
    @Setting("what each column adds to the energy, if known") Map<String, Double> contributions,
    @Setting(value = "values of the columns in contributions", defaultsTo = "{}")
        Map<String, String> contributors) {}
