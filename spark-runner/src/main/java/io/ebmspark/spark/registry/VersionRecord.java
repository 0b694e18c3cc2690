package io.ebmspark.spark.registry;

import io.ebmspark.core.settings.Check;
import io.ebmspark.core.settings.Setting;
import io.ebmspark.spark.record.Lineage;
import java.util.Arrays;
import java.util.List;

/** The description of a version: the content of its {@code version.json}, which is written last. */
public record VersionRecord(
    @Setting("format of this file") String format,
    @Setting("name of the model") String model,
    @Setting("number of the version") long version,
    @Setting("when it was finished, UTC") String created,
    @Setting("what it was made from") Lineage lineage,
    @Setting("its files") List<File> files) {
  /** The only format so far. */
  public static final String FORMAT = "ebm-on-spark-version/1";

  /** A file of a version. */
  public record File(
      @Setting("path inside the version's folder") String name,
      @Setting("length in bytes") long bytes,
      @Setting("SHA-256 of the file, in hex") String sha256) {
    public File {
      Check.that(
          !name.startsWith("/") && !Arrays.asList(name.split("/")).contains(".."),
          "name",
          "is not a path inside the folder: " + name);
      Check.notNegative("bytes", bytes);
    }
  }

  public VersionRecord {
    Check.that(
        format.equals(FORMAT), "format", "is '" + format + "'; this version reads " + FORMAT);
    files = List.copyOf(files);
  }
}
