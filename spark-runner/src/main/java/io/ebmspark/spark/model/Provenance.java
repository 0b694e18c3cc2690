package io.ebmspark.spark.model;

import io.ebmspark.core.settings.Setting;
import java.util.Map;

/** What made a model. */
public record Provenance(
    @Setting("when training ended, UTC") String created,
    @Setting("versions of what trained it") Map<String, String> versions,
    @Setting("rows trained on") long rows,
    @Setting("digest of the training columns and rows") String dataFingerprint,
    @Setting("training steps done") long steps,
    @Setting("mean loss over the last tenth of the steps") double finalLoss) {}
