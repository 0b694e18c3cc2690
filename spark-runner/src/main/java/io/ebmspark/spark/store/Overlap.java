package io.ebmspark.spark.store;

import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSError;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.GlobExpander;
import org.apache.hadoop.fs.GlobFilter;
import org.apache.hadoop.fs.Path;

/**
 * Whether one path equals, contains or lies in another, however they are written: relative or not,
 * over symbolic links of the local file system, with or without the name of the file system, and
 * where one is a pattern.
 */
public final class Overlap {
  private Overlap() {}

  /** A path as the file system it is on, and the names along it; names may be patterns. */
  private record Place(String system, List<String> names) {}

  /**
   * Rejects an output where something that is read would be overwritten.
   *
   * @param output the folder written to
   * @param setting the setting that names the output
   * @param read what is read, a path or pattern
   * @param readSetting the setting that names it
   * @throws PathException if one contains the other
   */
  public static void refuse(
      Location output,
      String setting,
      String read,
      String readSetting,
      Configuration configuration) {
    for (Place one : places(output.path().toString(), configuration)) {
      for (Place other : places(read, configuration)) {
        if (meet(one, other)) {
          String how =
              one.names().size() == other.names().size()
                  ? "is"
                  : one.names().size() < other.names().size() ? "holds" : "lies in";
          throw new PathException(
              setting
                  + " "
                  + output
                  + " "
                  + how
                  + " "
                  + readSetting
                  + " "
                  + read
                  + ", which would be overwritten; choose another "
                  + setting);
        }
      }
    }
  }

  /**
   * Rejects an output that contains files being read.
   *
   * @param output the folder written to
   * @param setting the setting that names the output
   * @param file what is read
   * @throws PathException if it lies in the output
   */
  public static void refuseToHold(
      Location output, String setting, String file, Configuration configuration) {
    for (Place one : places(output.path().toString(), configuration)) {
      for (Place other : places(file, configuration)) {
        if (one.names().size() <= other.names().size() && meet(one, other)) {
          throw new PathException(
              setting
                  + " "
                  + output
                  + " holds files of the rows that are read, which would be overwritten; choose"
                  + " another "
                  + setting);
        }
      }
    }
  }

  private static boolean meet(Place one, Place other) {
    if (!one.system().equals(other.system())) {
      return false;
    }
    int shorter = Math.min(one.names().size(), other.names().size());
    for (int i = 0; i < shorter; i++) {
      if (!matches(other.names().get(i), one.names().get(i))) {
        return false;
      }
    }
    return true;
  }

  private static boolean matches(String pattern, String name) {
    if (pattern.equals(name)) {
      return true;
    }
    if (!isPattern(pattern)) {
      return false;
    }
    try {
      return new GlobFilter(pattern).accept(new Path("/" + name));
    } catch (IOException | RuntimeException e) {
      return false; // not a pattern that anything can be read by
    }
  }

  private static boolean isPattern(String text) {
    return text.chars().anyMatch(c -> "*?[{".indexOf(c) >= 0);
  }

  /** The places a text names; none if it is not a path, which will be reported when it is read. */
  private static List<Place> places(String text, Configuration configuration) {
    List<Place> places = new ArrayList<>();
    try {
      for (String plain : GlobExpander.expand(text)) {
        Path path = new Path(plain);
        FileSystem files = path.getFileSystem(configuration);
        Path whole = files.makeQualified(path);
        String service = files.getCanonicalServiceName();
        String system =
            files.getUri().getScheme() + "://" + (service == null ? authority(whole) : service);
        String inside = whole.toUri().getPath();
        places.add(
            new Place(
                system,
                names(files.getUri().getScheme().equals("file") ? withoutLinks(inside) : inside)));
      }
    } catch (IOException | RuntimeException | LinkageError | FSError e) {
      return places;
    }
    return places;
  }

  private static String authority(Path path) {
    return path.toUri().getAuthority() == null ? "" : path.toUri().getAuthority();
  }

  private static List<String> names(String path) {
    return Arrays.stream(path.split("/")).filter(name -> !name.isEmpty()).toList();
  }

  /** The part of a path that exists, with links resolved; patterns stay. */
  private static String withoutLinks(String path) throws IOException {
    List<String> names = names(path);
    for (int known = names.size(); known > 0; known--) {
      java.nio.file.Path start =
          java.nio.file.Path.of("/" + String.join("/", names.subList(0, known)));
      if (Files.exists(start)) {
        String rest = String.join("/", names.subList(known, names.size()));
        return start.toRealPath() + "/" + rest;
      }
    }
    return path;
  }
}
