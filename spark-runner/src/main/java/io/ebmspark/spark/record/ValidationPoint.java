package io.ebmspark.spark.record;

import io.ebmspark.core.settings.Setting;

/** The loss on validation rows after some steps. */
public record ValidationPoint(
    @Setting("steps done") long step, @Setting("mean loss on the validation rows") double loss) {}
