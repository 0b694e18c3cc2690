package io.ebmspark.jobs;

import io.ebmspark.core.settings.Setting;

/** Where a trained model goes. */
public record OutputSettings(
    @Setting("folder of the model, on any Hadoop file system") String model,
    @Setting(value = "whether a model that is there is replaced", defaultsTo = "false")
        boolean overwrite) {}
