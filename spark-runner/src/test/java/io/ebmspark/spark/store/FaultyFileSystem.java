package io.ebmspark.spark.store;

import java.io.IOException;
import java.io.OutputStream;
import java.lang.reflect.Constructor;
import java.net.URI;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FSError;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.apache.hadoop.fs.permission.FsPermission;
import org.apache.hadoop.util.Progressable;

/**
 * The local disc under another name, {@code faulty:///}, whose every change counts down: at zero
 * the process that uses it is dead, and half of the bytes of a last write are there.
 *
 * <p>Under the name {@code copying:///} it also moves files as an object store does: it copies
 * them, and then removes the first.
 */
public final class FaultyFileSystem extends RawLocalFileSystem {
  /** Changes left before death; negative means it does not come. */
  public static int left = -1;

  /** Changes made since it was last set to 0. */
  public static int made;

  /** Whether a failure passes, as an outage does, or lasts, as death does. */
  public static int failures = Integer.MAX_VALUE;

  /** Whether failures are thrown as Hadoop's local file system does where a disc is full. */
  public static boolean throwsErrors;

  private String scheme = "faulty";

  /** Settings with which both names are known. */
  public static Configuration configuration() {
    return new Configuration(CONFIGURATION);
  }

  private static final Configuration CONFIGURATION = both();

  private static Configuration both() {
    Configuration configuration = new Configuration();
    for (String name : new String[] {"faulty", "copying"}) {
      configuration.setClass("fs." + name + ".impl", FaultyFileSystem.class, FileSystem.class);
    }
    return configuration;
  }

  /** Neither death nor outage. */
  public static void heal() {
    left = -1;
    failures = Integer.MAX_VALUE;
    throwsErrors = false;
  }

  @Override
  public void initialize(URI uri, Configuration configuration) throws IOException {
    scheme = uri.getScheme();
    super.initialize(uri, configuration);
  }

  @Override
  public URI getUri() {
    return URI.create(scheme + ":///");
  }

  @Override
  public String getScheme() {
    return scheme;
  }

  @Override
  public boolean rename(Path from, Path to) throws IOException {
    if (!scheme.equals("copying")) {
      count();
      return super.rename(from, to);
    }
    if (exists(to)) {
      return false;
    }
    try (FSDataInputStream in = open(from);
        OutputStream out = create(to, true)) {
      byte[] all = in.readAllBytes();
      out.write(all, 0, all.length / 2);
      out.write(all, all.length / 2, all.length - all.length / 2);
    }
    return delete(from, false);
  }

  private static boolean dies() {
    made++;
    if (left < 0) {
      return false;
    }
    if (left > 0) {
      left--;
      return false;
    }
    if (failures == 0) {
      return false;
    }
    failures--;
    return true;
  }

  private static void count() throws IOException {
    if (dies()) {
      throw failure();
    }
  }

  private static IOException failure() {
    IOException failure = new IOException("no space left on the faulty disc");
    if (throwsErrors) {
      throw error(failure);
    }
    return failure;
  }

  /** Only Hadoop's own package can make one. */
  private static FSError error(IOException cause) {
    try {
      Constructor<FSError> constructor = FSError.class.getDeclaredConstructor(Throwable.class);
      constructor.setAccessible(true);
      return constructor.newInstance(cause);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public FSDataOutputStream create(
      Path path,
      boolean overwrite,
      int bufferSize,
      short replication,
      long blockSize,
      Progressable progress)
      throws IOException {
    count();
    FSDataOutputStream out =
        super.create(path, overwrite, bufferSize, replication, blockSize, progress);
    return new FSDataOutputStream(new Torn(out), null);
  }

  private static final class Torn extends OutputStream {
    private final FSDataOutputStream out;

    Torn(FSDataOutputStream out) {
      this.out = out;
    }

    @Override
    public void write(int b) throws IOException {
      out.write(b);
    }

    @Override
    public void write(byte[] bytes, int from, int count) throws IOException {
      if (dies()) {
        out.write(bytes, from, count / 2);
        out.close();
        throw failure();
      }
      out.write(bytes, from, count);
    }

    @Override
    public void close() throws IOException {
      out.close();
      count();
    }
  }

  @Override
  public boolean mkdirs(Path path, FsPermission permission) throws IOException {
    count();
    return super.mkdirs(path, permission);
  }

  @Override
  public boolean mkdirs(Path path) throws IOException {
    count();
    return super.mkdirs(path);
  }

  /** Without native libraries Hadoop starts a chmod, a process for each file. */
  @Override
  public void setPermission(Path path, FsPermission permission) {}

  @Override
  public boolean delete(Path path, boolean recursive) throws IOException {
    count();
    return super.delete(path, recursive);
  }
}
