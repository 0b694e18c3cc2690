package io.ebmspark.spark.registry;

import io.ebmspark.core.settings.Check;
import io.ebmspark.core.settings.Setting;
import java.util.Optional;

/** One change to a registered model: a file of its history, never rewritten. */
public record HistoryEntry(
    @Setting("format of this file") String format,
    @Setting("number of the change, counted from 1") long number,
    @Setting("file name of the preceding change; absent for the first") Optional<String> after,
    @Setting("when it was made, UTC") String time,
    @Setting("who made it") String user,
    @Setting("what was done") HistoryAction action,
    @Setting("to which version") long version,
    @Setting("why") Optional<String> reason,
    @Setting("whether it overrode a gate") boolean forced,
    @Setting("the run that made it, if any") Optional<String> run,
    @Setting("which versions were in use from then on") Aliases aliases) {
  /** The only format so far. */
  public static final String FORMAT = "ebm-on-spark-history/1";

  public HistoryEntry {
    Check.that(
        format.equals(FORMAT), "format", "is '" + format + "'; this version reads " + FORMAT);
  }
}
