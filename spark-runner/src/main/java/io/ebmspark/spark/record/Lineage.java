package io.ebmspark.spark.record;

import io.ebmspark.core.settings.Setting;
import java.util.Map;
import java.util.Optional;

/** What a version of a model was made from: enough to tell whether a night has anything to do. */
public record Lineage(
    @Setting("digest of the rows and their columns") String fingerprint,
    @Setting("digest of the settings that decide the result") String settings,
    @Setting("seed") long seed,
    @Setting(
            "champion it was compared with and may have started from; absent for the first version")
        Optional<Long> parent,
    @Setting("versions of the software that made it, including ebm-on-spark and java")
        Map<String, String> versions,
    @Setting("run that made it") String run) {
  /** Whether rows, settings and parent are equal, so that the two describe the same work. */
  public boolean isOfSameWorkAs(Lineage other) {
    return fingerprint.equals(other.fingerprint)
        && settings.equals(other.settings)
        && parent.equals(other.parent);
  }
}
