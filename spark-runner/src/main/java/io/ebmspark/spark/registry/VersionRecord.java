package io.ebmspark.spark.registry;

import io.ebmspark.core.settings.Check;
import io.ebmspark.core.settings.Setting;
import io.ebmspark.spark.record.Lineage;
import java.util.Arrays;
import java.util.List;

/** What a version is: the content of its {@code version.json}, which is written last. */
public record VersionRecord(
    @Setting("format of this file") String format,
    @Setting("name of the model") String model,
    @Setting("number of the version") long version,
    @Setting("when it was finished, UTC") String created,
    @Setting("what made it") Lineage lineage,
    @Setting("its files") List<File> files) {
  /** The one format there is. */
  public static final String FORMAT = "ebm-on-spark-version/1";

  /** A file of a version. */
  public record File(
      @Setting("path inside the version's folder") String name,
      @Setting("its length") long bytes,
      @Setting("SHA-256 of it, in hex") String sha256) {
    public File {
      Check.that(
          !name.startsWith("/") && !Arrays.asList(name.split("/")).contains(".."),
          "name",
          "is no path inside the folder: " + name);
      Check.notNegative("bytes", bytes);
    }
  }

  public VersionRecord {
    Check.that(
        format.equals(FORMAT), "format", "is '" + format + "', and this version reads " + FORMAT);
    files = List.copyOf(files);
  }
}
