package io.ebmspark.spark.store;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.URI;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.NavigableMap;
import java.util.SortedMap;
import java.util.concurrent.ConcurrentSkipListMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileAlreadyExistsException;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.PathIsNotEmptyDirectoryException;
import org.apache.hadoop.fs.PositionedReadable;
import org.apache.hadoop.fs.Seekable;
import org.apache.hadoop.fs.permission.FsPermission;
import org.apache.hadoop.util.Progressable;

/**
 * Named values in memory, {@code objects:///}, as an object store has them: a file is there when it
 * is closed, whole or not at all; folders are only beginnings of names, and go with their last
 * file; moving copies each file and then removes the first ones; nothing can be appended to.
 */
public final class ObjectStoreFileSystem extends FileSystem {
  private static final NavigableMap<String, byte[]> OBJECTS = new ConcurrentSkipListMap<>();
  private static final URI ROOT = URI.create("objects:///");

  /** Settings with which the name is known. */
  public static Configuration configuration() {
    Configuration configuration = new Configuration();
    configuration.setClass("fs.objects.impl", ObjectStoreFileSystem.class, FileSystem.class);
    return configuration;
  }

  @Override
  public URI getUri() {
    return ROOT;
  }

  private static String key(Path path) {
    return path.toUri().getPath();
  }

  private static SortedMap<String, byte[]> inside(Path folder) {
    String prefix = key(folder).equals("/") ? "/" : key(folder) + "/";
    return OBJECTS.subMap(prefix, prefix + Character.MAX_VALUE);
  }

  private FileStatus status(String key, byte[] bytes) {
    return new FileStatus(bytes.length, false, 1, 1 << 20, 0, makeQualified(new Path(key)));
  }

  private FileStatus folder(Path path) {
    return new FileStatus(0, true, 1, 0, 0, makeQualified(path));
  }

  @Override
  public FileStatus getFileStatus(Path path) throws IOException {
    byte[] bytes = OBJECTS.get(key(path));
    if (bytes != null) {
      return status(key(path), bytes);
    }
    if (inside(path).isEmpty()) {
      throw new FileNotFoundException("no object is called " + path);
    }
    return folder(path);
  }

  @Override
  public FileStatus[] listStatus(Path path) throws IOException {
    if (getFileStatus(path).isFile()) {
      return new FileStatus[] {getFileStatus(path)};
    }
    Map<String, FileStatus> found = new LinkedHashMap<>();
    inside(path)
        .forEach(
            (key, bytes) -> {
              String rest = key.substring(key(path).equals("/") ? 1 : key(path).length() + 1);
              String name = rest.replaceFirst("/.*", "");
              Path child = new Path(path, name);
              found.putIfAbsent(name, name.equals(rest) ? status(key, bytes) : folder(child));
            });
    return found.values().toArray(FileStatus[]::new);
  }

  @Override
  public FSDataInputStream open(Path path, int bufferSize) throws IOException {
    byte[] bytes = OBJECTS.get(key(path));
    if (bytes == null) {
      throw new FileNotFoundException("no object is called " + path);
    }
    return new FSDataInputStream(new Source(bytes));
  }

  private static final class Source extends ByteArrayInputStream
      implements Seekable, PositionedReadable {
    Source(byte[] bytes) {
      super(bytes);
    }

    @Override
    public void seek(long position) {
      pos = Math.toIntExact(position);
    }

    @Override
    public long getPos() {
      return pos;
    }

    @Override
    public boolean seekToNewSource(long target) {
      return false;
    }

    @Override
    public int read(long position, byte[] bytes, int from, int count) {
      int available = Math.min(count, this.count - Math.toIntExact(position));
      if (available <= 0) {
        return -1;
      }
      System.arraycopy(buf, Math.toIntExact(position), bytes, from, available);
      return available;
    }

    @Override
    public void readFully(long position, byte[] bytes, int from, int count) {
      read(position, bytes, from, count);
    }

    @Override
    public void readFully(long position, byte[] bytes) {
      read(position, bytes, 0, bytes.length);
    }
  }

  @Override
  public FSDataOutputStream create(
      Path path,
      FsPermission permission,
      boolean overwrite,
      int bufferSize,
      short replication,
      long blockSize,
      Progressable progress)
      throws IOException {
    if (!overwrite && OBJECTS.containsKey(key(path))) {
      throw new FileAlreadyExistsException(path.toString());
    }
    return new FSDataOutputStream(
        new ByteArrayOutputStream() {
          @Override
          public void close() {
            OBJECTS.put(key(path), toByteArray());
          }
        },
        null);
  }

  @Override
  public FSDataOutputStream append(Path path, int bufferSize, Progressable progress) {
    throw new UnsupportedOperationException("objects cannot be appended to");
  }

  @Override
  public boolean rename(Path from, Path to) {
    byte[] bytes = OBJECTS.get(key(from));
    if (bytes != null) {
      OBJECTS.put(key(to), bytes);
      OBJECTS.remove(key(from));
      return true;
    }
    SortedMap<String, byte[]> tree = inside(from);
    if (tree.isEmpty()) {
      return false;
    }
    tree.forEach((key, object) -> OBJECTS.put(key(to) + key.substring(key(from).length()), object));
    tree.clear();
    return true;
  }

  @Override
  public boolean delete(Path path, boolean recursive) throws IOException {
    if (OBJECTS.remove(key(path)) != null) {
      return true;
    }
    SortedMap<String, byte[]> tree = inside(path);
    if (tree.isEmpty()) {
      return false;
    }
    if (!recursive) {
      throw new PathIsNotEmptyDirectoryException(path.toString());
    }
    tree.clear();
    return true;
  }

  @Override
  public boolean mkdirs(Path path, FsPermission permission) {
    return true;
  }

  @Override
  public void setWorkingDirectory(Path path) {}

  @Override
  public Path getWorkingDirectory() {
    return new Path(ROOT);
  }
}
