package io.ebmspark.jobs;

import java.io.IOException;
import java.io.OutputStream;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.apache.hadoop.fs.permission.FsPermission;

/**
 * The local disc of a process, with room for so many bytes. What is written beyond goes to {@code
 * /dev/full}, so that the kernel itself says that no space is left, and Hadoop passes that on in
 * its own way. Takes no privileges, which a small disc to mount would.
 */
public final class FullDisc extends LocalFileSystem {
  private static final String ROOM = "disc.room";
  private static final String WROTE = "bytes written to the disc: ";

  private static final AtomicLong WRITTEN = new AtomicLong();

  static {
    Runtime.getRuntime()
        .addShutdownHook(new Thread(() -> System.out.println(WROTE + WRITTEN.get())));
  }

  public FullDisc() {
    super(new Raw());
  }

  /** Options of a process whose disc has room for so many bytes. */
  static String[] options(long room) {
    return new String[] {
      "-Dspark.hadoop.fs.file.impl=" + FullDisc.class.getName(), "-D" + ROOM + "=" + room
    };
  }

  /** How much such a process has written, by what it printed. */
  static long written(String log) {
    return log.lines()
        .filter(line -> line.startsWith(WROTE))
        .mapToLong(line -> Long.parseLong(line.substring(WROTE.length())))
        .findFirst()
        .orElseThrow();
  }

  private static final class Raw extends RawLocalFileSystem {
    private final long room = Long.getLong(ROOM, Long.MAX_VALUE);

    @Override
    protected OutputStream createOutputStreamWithMode(
        Path path, boolean append, FsPermission permission) throws IOException {
      OutputStream out = super.createOutputStreamWithMode(path, append, permission);
      return new OutputStream() {
        @Override
        public void write(int b) throws IOException {
          write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int from, int count) throws IOException {
          long before = WRITTEN.getAndAdd(count);
          int fits = (int) Math.max(0, Math.min(count, room - before));
          out.write(bytes, from, fits);
          if (fits < count) {
            WRITTEN.addAndGet(fits - count);
            fail();
          }
        }

        @Override
        public void close() throws IOException {
          out.close();
        }
      };
    }

    private void fail() throws IOException {
      try (OutputStream full =
          super.createOutputStreamWithMode(new Path("/dev/full"), false, null)) {
        full.write(0);
      }
    }

    /** Without native libraries Hadoop starts a process for each. */
    @Override
    public void setPermission(Path path, FsPermission permission) {}
  }
}
