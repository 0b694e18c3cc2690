package io.ebmspark.spark.record;

import io.ebmspark.core.settings.Setting;
import java.util.Map;
import java.util.Optional;

/** What made a version of a model: enough to tell whether a night has anything to do. */
public record Lineage(
    @Setting("digest of the rows and their columns") String fingerprint,
    @Setting("digest of the settings that decide the result") String settings,
    @Setting("seed") long seed,
    @Setting("champion it was trained against and from; absent for the first version")
        Optional<Long> parent,
    @Setting("versions of what made it, ebm-on-spark and java among them")
        Map<String, String> versions,
    @Setting("run that made it") String run) {
  /** Whether rows, settings and parent are the same, so that one has been done if the other has. */
  public boolean isOfSameWorkAs(Lineage other) {
    return fingerprint.equals(other.fingerprint)
        && settings.equals(other.settings)
        && parent.equals(other.parent);
  }
}
