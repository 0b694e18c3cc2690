package io.ebmspark.spark.store;

import io.ebmspark.core.failure.FirstLine;
import io.ebmspark.core.failure.RootCause;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.Charset;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSError;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.UnsupportedFileSystemException;

/**
 * A file or folder that a user has named: its path, as written, and the storage it is in.
 *
 * <p>The one place where text becomes a path. Whatever Hadoop throws there, unchecked, checked or
 * an {@code Error}, becomes one sentence.
 */
public final class Location {
  private final Path path;
  private final Storage storage;

  private Location(Path path, Storage storage) {
    this.path = path;
    this.storage = storage;
  }

  /**
   * The location that a text names, which need not exist.
   *
   * @throws PathException if the text is not a path, or names a file system that does not exist
   * @throws StorageException if the file system cannot be reached
   */
  public static Location of(String text, Configuration configuration) {
    Location location = open(text, configuration);
    location.refuseOutsideOf(Charset.forName(System.getProperty("sun.jnu.encoding", "UTF-8")));
    return location;
  }

  /** The same, whatever characters it has. */
  static Location open(String text, Configuration configuration) {
    Path path = path(text);
    try {
      return new Location(path, new Storage(path.getFileSystem(configuration)));
    } catch (UnsupportedFileSystemException e) {
      throw unknownScheme(text, path, e);
    } catch (IOException | FSError e) {
      if (path.toUri().getScheme() != null && path.toUri().getAuthority() == null) {
        throw new PathException(
            "the path '" + text + "' cannot be used: " + FirstLine.of(e) + "; correct it", e);
      }
      throw new StorageException(
          "the file system of '" + text + "' cannot be reached: " + FirstLine.of(e), e);
    } catch (RuntimeException | LinkageError e) {
      if (causedByMissingClass(e)) {
        throw unknownScheme(text, path, e);
      }
      throw new PathException(
          "the path '" + text + "' cannot be used: " + FirstLine.of(e) + "; correct it", e);
    }
  }

  /** The text that names a file or folder of this machine, which no blank in its name changes. */
  public static String ofLocal(java.nio.file.Path local) {
    return new Path("file", null, local.toAbsolutePath().toString()).toString();
  }

  private static Path path(String text) {
    if (text.isBlank()) {
      throw new PathException("a path is blank; give one");
    }
    Path path;
    try {
      path = new Path(text);
    } catch (IllegalArgumentException e) {
      throw text.contains(":")
          ? colon(text)
          : new PathException("'" + text + "' is not a path: " + FirstLine.of(e), e);
    }
    if (path.toUri().getPath().contains(":")) {
      throw colon(text);
    }
    return path;
  }

  /** Hadoop takes what precedes a colon for the name of a file system. */
  private static PathException colon(String text) {
    return new PathException(
        "the path '"
            + text
            + "' has a ':' that does not end a file system's name, as in hdfs://; Hadoop cannot use"
            + " it: choose a name without");
  }

  private static PathException unknownScheme(String text, Path path, Throwable e) {
    return new PathException(
        "there is no file system '"
            + path.toUri().getScheme()
            + "' for the path '"
            + text
            + "'; correct it, or add the file system's jar to spark-submit's --packages or --jars",
        e);
  }

  private static boolean causedByMissingClass(Throwable failure) {
    return RootCause.chain(failure)
        .anyMatch(at -> at instanceof ClassNotFoundException || at instanceof NoClassDefFoundError);
  }

  /**
   * Java writes a local file's name in the character set of the process's locale, and {@code ?} for
   * what that lacks: names would be mixed up.
   */
  void refuseOutsideOf(Charset names) {
    if (storage.isLocal() && !names.newEncoder().canEncode(qualified().toUri().getPath())) {
      throw new PathException(
          "the path '"
              + path
              + "' has characters that this process's locale cannot write (its character set is "
              + names
              + "); set the environment variable LC_ALL to C.UTF-8");
    }
  }

  /** The path, as written. */
  public Path path() {
    return path;
  }

  /** The path in full, with what it leaves to settings: file system, host, working folder. */
  public Path qualified() {
    return storage.qualify(path);
  }

  /** The folder it is in. */
  public Storage storage() {
    return storage;
  }

  /** What is inside, by name. */
  public Location child(String name) {
    return new Location(new Path(path, name), storage);
  }

  /**
   * A sibling: the same name with a suffix.
   *
   * @throws PathException if it is the root of its file system, which has no siblings
   */
  public Location beside(String suffix) {
    Path whole = qualified();
    if (whole.getParent() == null) {
      throw new PathException(
          "'" + path + "' is the root of its file system; name a folder inside it");
    }
    // "." and ".." are names of other folders.
    Path plain = path.getName().isEmpty() || path.getName().startsWith(".") ? whole : path;
    return new Location(plain.suffix(suffix), storage);
  }

  /**
   * Copies the plain files of this folder, those that are not hidden, to another.
   *
   * @param last the file that stands for the whole, which is copied after all others
   * @param guard called before each; throws if nothing may be written any longer
   */
  public void copyFiles(Location target, String last, Runnable guard) throws IOException {
    List<FileStatus> files = new ArrayList<>(storage().list(path()));
    files.sort(Comparator.comparing(file -> file.getPath().getName().equals(last)));
    for (FileStatus file : files) {
      String name = file.getPath().getName();
      if (file.isFile() && !name.startsWith(".")) {
        guard.run();
        try (InputStream in = storage().open(file.getPath());
            Storage.Sink out = target.storage().create(target.child(name).path())) {
          in.transferTo(out);
        }
      }
    }
  }

  @Override
  public String toString() {
    return path.toString();
  }

  /** For code that needs Hadoop's own types. */
  FileSystem files() {
    return storage.files();
  }
}
