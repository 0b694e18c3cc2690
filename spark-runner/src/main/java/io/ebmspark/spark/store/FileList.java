package io.ebmspark.spark.store;

import io.ebmspark.core.settings.Check;
import io.ebmspark.core.settings.Setting;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The files of a folder that this program wrote.
 *
 * @param files in the order they are moved into place
 */
public record FileList(
    @Setting("format of this list") String format,
    @Setting("the files of the folder, by their path inside it") List<Entry> files,
    @Setting("the files to remove, by their path inside the folder") List<String> removed) {
  /** The only format so far. */
  public static final String FORMAT = "ebm-on-spark-files/1";

  /** A file. */
  public record Entry(
      @Setting("path inside the folder") String name, @Setting("its length") long bytes) {
    public Entry {
      checkInside("name", name);
      Check.notNegative("bytes", bytes);
    }
  }

  public FileList {
    Check.that(
        format.equals(FORMAT), "format", "is '" + format + "'; this version reads " + FORMAT);
    removed.forEach(name -> checkInside("removed", name));
    files = List.copyOf(files);
    removed = List.copyOf(removed);
  }

  /** A list is data from a disc: it must not reach outside its folder. */
  private static void checkInside(String component, String name) {
    boolean inside = !name.isBlank() && !name.contains(":") && !name.contains("\\");
    for (String part : name.split("/", -1)) {
      inside &= !part.isEmpty() && !part.equals(".") && !part.equals("..");
    }
    Check.that(inside, component, "'" + name + "' is not a path inside a folder");
  }

  /** The names of the folder's files. */
  public List<String> names() {
    return files.stream().map(Entry::name).collect(Collectors.toList());
  }
}
