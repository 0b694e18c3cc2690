package io.ebmspark.spark.run;

import io.ebmspark.core.settings.Setting;
import io.ebmspark.spark.data.MissingValues;
import io.ebmspark.spark.data.SourceSettings;
import java.util.Optional;

/** A job file of {@code ebm score}. */
public record ScoreJob(
    @Setting("folder of the model") String model,
    @Setting("the rows scored") SourceSettings source,
    @Setting(
            "what is done with rows that lack a number: as in training if absent; drop makes their energy null")
        Optional<MissingValues> missing,
    @Setting("where the scored rows go") TableOutput output) {}
