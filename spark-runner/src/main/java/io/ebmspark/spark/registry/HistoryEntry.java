package io.ebmspark.spark.registry;

import io.ebmspark.core.settings.Check;
import io.ebmspark.core.settings.Setting;
import java.util.Optional;

/** One change to a registered model: a file of its history, never rewritten. */
public record HistoryEntry(
    @Setting("format of this file") String format,
    @Setting("which change it is, counted from 1") long number,
    @Setting("file name of the change before it; absent for the first") Optional<String> after,
    @Setting("when it was made, UTC") String time,
    @Setting("who made it") String user,
    @Setting("what was done") Action action,
    @Setting("to which version") long version,
    @Setting("why") Optional<String> reason,
    @Setting("whether it was done against a gate") boolean forced,
    @Setting("the run that did it, if one did") Optional<String> run,
    @Setting("which versions were in use from then on") Aliases aliases) {
  /** The one format there is. */
  public static final String FORMAT = "ebm-on-spark-history/1";

  public HistoryEntry {
    Check.that(
        format.equals(FORMAT), "format", "is '" + format + "', and this version reads " + FORMAT);
  }
}
