package io.ebmspark.spark.store;

import java.io.FileNotFoundException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FSError;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.apache.hadoop.fs.StreamCapabilities;
import org.apache.hadoop.ipc.RemoteException;
import org.jspecify.annotations.Nullable;

/**
 * A Hadoop file system whose every failure is an {@code IOException}.
 *
 * <p>Hadoop's local file system throws an {@code Error} when a disc is full, returns {@code false}
 * where others throw, and keeps a checksum beside each file, which a crash may leave behind without
 * its file: here plain files are used, and every failure throws.
 */
public final class Storage {
  private final FileSystem files;
  private final boolean local;

  Storage(FileSystem files) {
    this.files = files instanceof LocalFileSystem checked ? checked.getRawFileSystem() : files;
    // A subclass may have changed what a call does; then that is called.
    this.local = this.files.getClass() == RawLocalFileSystem.class;
  }

  private interface Call<T> {
    T run() throws IOException;
  }

  private static <T> T checked(Call<T> call) throws IOException {
    try {
      return call.run();
    } catch (FSError e) {
      throw failure(e);
    } catch (RemoteException e) {
      // HDFS wraps what its server threw, in some calls and not in others.
      throw e.unwrapRemoteException(FileNotFoundException.class);
    }
  }

  /** An {@code FSError} wraps what was thrown first, which says more. */
  private static IOException failure(FSError error) {
    return error.getCause() instanceof IOException cause
        ? new IOException(cause.getMessage(), error)
        : new IOException(error.getMessage(), error);
  }

  FileSystem files() {
    return files;
  }

  /** Whether its files are this machine's. */
  boolean isLocal() {
    return files instanceof RawLocalFileSystem;
  }

  Path qualify(Path path) {
    return files.makeQualified(path);
  }

  /** Whether there is a file or folder. */
  public boolean exists(Path path) throws IOException {
    return status(path).isPresent();
  }

  /** The status of a file or folder; empty if there is none. */
  public Optional<FileStatus> status(Path path) throws IOException {
    try {
      return Optional.of(checked(() -> files.getFileStatus(path)));
    } catch (FileNotFoundException e) {
      return Optional.empty();
    }
  }

  /** What is in a folder; nothing if there is no folder. */
  public List<FileStatus> list(Path folder) throws IOException {
    try {
      return Arrays.asList(checked(() -> files.listStatus(folder)));
    } catch (FileNotFoundException e) {
      return List.of();
    } catch (IOException e) {
      if (!exists(folder)) {
        return List.of(); // it was removed meanwhile
      }
      throw e;
    }
  }

  /** The files in a folder and in all folders inside it; nothing if there is no folder. */
  public List<FileStatus> tree(Path folder) throws IOException {
    List<FileStatus> all = new ArrayList<>();
    for (FileStatus status : list(folder)) {
      if (status.isDirectory()) {
        all.addAll(tree(status.getPath()));
      } else {
        all.add(status);
      }
    }
    return all;
  }

  /** Reads a file. */
  public InputStream open(Path path) throws IOException {
    return new Source(checked(() -> files.open(path)));
  }

  /**
   * The content of a small text file.
   *
   * @throws FileNotFoundException if there is none, or no longer
   */
  public String text(Path path) throws IOException {
    try (InputStream in = open(path)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (FileNotFoundException e) {
      throw e;
    } catch (IOException e) {
      // HDFS misses the blocks of a file that is removed while it is read.
      if (exists(path)) {
        throw e;
      }
      FileNotFoundException gone = new FileNotFoundException(path + " was removed meanwhile");
      gone.initCause(e);
      throw gone;
    }
  }

  /** Writes a file, replacing any that exists, and the folders it is in. */
  public Sink create(Path path) throws IOException {
    return new Sink(checked(() -> files.create(path, true)));
  }

  /** Writes a small text file, down to the disc where the file system offers that. */
  public void write(Path path, String text) throws IOException {
    try (Sink out = create(path)) {
      out.write(text.getBytes(StandardCharsets.UTF_8));
      out.settle();
    }
  }

  /** Makes a folder and its parents; it may exist. */
  public void makeFolder(Path folder) throws IOException {
    if (!checked(() -> files.mkdirs(folder))) {
      throw new IOException("the folder " + folder + " could not be made");
    }
  }

  /** Removes a file, or a folder with everything in it; it need not exist. */
  public void delete(Path path) throws IOException {
    if (!checked(() -> files.delete(path, true)) && exists(path)) {
      throw new IOException(path + " could not be removed");
    }
  }

  /**
   * Removes a file or an empty folder, and never a folder that is not empty, not even if something
   * is added meanwhile; returns whether it is gone.
   */
  public boolean deleteOne(Path path) throws IOException {
    if (!local) {
      try {
        return checked(() -> files.delete(path, false)) || !exists(path);
      } catch (IOException e) {
        if (!list(path).isEmpty()) {
          return false;
        }
        throw e;
      }
    }
    // Hadoop's own method checks first, and then removes whatever exists by then.
    try {
      Files.deleteIfExists(((RawLocalFileSystem) files).pathToFile(path).toPath());
      return true;
    } catch (DirectoryNotEmptyException e) {
      return false;
    }
  }

  /** Moves a file to a path that does not exist yet; missing folders are created. */
  public void move(Path from, Path to) throws IOException {
    if (to.getParent() != null) {
      makeFolder(to.getParent());
    }
    if (!checked(() -> files.rename(from, to))) {
      throw new IOException(from + " could not be moved to " + to);
    }
  }

  /** A file being read. */
  private static final class Source extends FilterInputStream {
    Source(InputStream in) {
      super(in);
    }

    @Override
    public int read() throws IOException {
      return checked(super::read);
    }

    @Override
    public int read(byte[] bytes, int from, int count) throws IOException {
      return checked(() -> in.read(bytes, from, count));
    }
  }

  /** A file being written. */
  public static final class Sink extends OutputStream {
    private final FSDataOutputStream out;
    private @Nullable IOException failed;

    Sink(FSDataOutputStream out) {
      this.out = out;
    }

    @Override
    public void write(int b) throws IOException {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int from, int count) throws IOException {
      remembered(
          () -> {
            out.write(bytes, from, count);
            return true;
          });
    }

    /** Makes sure that what was written outlives the machine, where the file system offers that. */
    public void settle() throws IOException {
      remembered(
          () -> {
            if (out.hasCapability(StreamCapabilities.HSYNC)) {
              out.hsync();
            }
            return true;
          });
    }

    private void remembered(Call<Boolean> call) throws IOException {
      try {
        checked(call);
      } catch (IOException e) {
        failed = e;
        throw e;
      }
    }

    @Override
    public void close() throws IOException {
      try {
        checked(
            () -> {
              out.close();
              return true;
            });
      } catch (IOException e) {
        // HDFS throws again what it threw before, which Java cannot add to itself.
        throw e == failed ? new IOException(e.getMessage(), e) : e;
      }
    }
  }
}
