package io.ebmspark.spark.registry;

import io.ebmspark.core.data.Sha256;
import io.ebmspark.core.failure.FirstLine;
import io.ebmspark.spark.store.Location;
import io.ebmspark.spark.store.Sealed;
import io.ebmspark.spark.store.StorageException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.hadoop.fs.FileStatus;

/** A finished version of a registered model: a folder that never changes. */
public final class Version {
  static final String RECORD = "version.json";
  static final String MODEL = "model";
  static final String PLAN = "plan.json";

  private final Location folder;
  private final VersionRecord record;

  private Version(Location folder, VersionRecord record) {
    this.folder = folder;
    this.record = record;
  }

  /** The version in a folder; empty if there is none, or it was never finished. */
  static Optional<Version> in(Location folder) throws IOException {
    try {
      Location record = folder.child(RECORD);
      return Optional.of(
          new Version(folder, Sealed.read(record.storage(), record.path(), VersionRecord.class)));
    } catch (Sealed.TornException e) {
      return Optional.empty();
    }
  }

  /** Its number, counted from 1. */
  public long number() {
    return record.version();
  }

  /** Its description, from {@code version.json}. */
  public VersionRecord record() {
    return record;
  }

  /** The folder of its files. */
  public String folder() {
    return folder.toString();
  }

  /** The path of its model folder. */
  public String modelFolder() {
    return file(MODEL);
  }

  /** The path of one of its files, which need not exist. */
  public String file(String name) {
    return folder.child(name).toString();
  }

  /** Whether all its files are present and unchanged. */
  boolean isWhole() {
    try {
      return Set.copyOf(contents(folder)).containsAll(record.files());
    } catch (FileNotFoundException e) {
      return false;
    } catch (IOException e) {
      throw new StorageException(folder + " cannot be read: " + FirstLine.of(e), e);
    }
  }

  /** The finished files of a folder, sorted by name. */
  static List<VersionRecord.File> contents(Location folder) throws IOException {
    String root = folder.qualified().toUri().getPath() + "/";
    List<VersionRecord.File> files = new ArrayList<>();
    for (FileStatus status : folder.storage().tree(folder.path())) {
      String name = status.getPath().toUri().getPath().substring(root.length());
      if (!isAside(name)) {
        MessageDigest sha = Sha256.digest();
        try (InputStream in = new DigestInputStream(folder.storage().open(status.getPath()), sha)) {
          long bytes = in.transferTo(OutputStream.nullOutputStream());
          files.add(new VersionRecord.File(name, bytes, Sha256.hex(sha)));
        }
      }
    }
    files.sort(Comparator.comparing(VersionRecord.File::name));
    return files;
  }

  /** Files used in making a version that are not part of it. */
  private static boolean isAside(String name) {
    return name.equals(RECORD)
        || name.equals(PLAN)
        || name.matches("[^/]*\\.(lock|incomplete|checkpoints)/.*");
  }
}
