package io.ebmspark.spark.checkpoint;

import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.apache.hadoop.fs.permission.FsPermission;
import org.apache.hadoop.util.Progressable;

/**
 * The local disc under another name, {@code faulty:///}, whose every change counts down: at zero
 * the process that uses it is dead, and half of the bytes of a last write are there.
 */
public final class FaultyFileSystem extends RawLocalFileSystem {
  /** Changes left before death; negative means it does not come. */
  static int left = -1;

  /** Changes made since it was last set to 0. */
  static int made;

  /** Whether a failure passes, as an outage does, or lasts, as death does. */
  static int failures = Integer.MAX_VALUE;

  @Override
  public URI getUri() {
    return URI.create("faulty:///");
  }

  @Override
  public String getScheme() {
    return "faulty";
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
      throw new IOException("no space left on the faulty disc");
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
        throw new IOException("no space left on the faulty disc");
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

  @Override
  public boolean delete(Path path, boolean recursive) throws IOException {
    count();
    return super.delete(path, recursive);
  }
}
