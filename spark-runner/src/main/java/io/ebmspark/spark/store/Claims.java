package io.ebmspark.spark.store;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;

/** The claims beside an output. */
record Claims(Storage storage, Path folder) {
  Set<Claim> all() throws IOException {
    Set<Claim> found = new HashSet<>();
    for (FileStatus status : storage.list(folder)) {
      Claim.of(status.getPath().getName()).ifPresent(found::add);
    }
    return found;
  }

  void write(Claim claim, String text) throws IOException {
    for (int attempt = 0; ; attempt++) {
      try {
        storage.write(file(claim), text);
        return;
      } catch (FileNotFoundException e) {
        // One that gave the lock back removed the folder while this file was made in it.
        if (attempt == 20) {
          throw e;
        }
      } catch (IOException e) {
        withdraw(claim);
        throw e;
      }
    }
  }

  /** A full disc lets a file be made that nothing can be written to: others would wait for it. */
  private void withdraw(Claim claim) {
    try {
      remove(claim);
    } catch (IOException e) {
      // The file system is away, and others find it dead.
    }
  }

  void remove(Claim claim) throws IOException {
    storage.deleteOne(file(claim));
  }

  /** Who made a claim; empty if that cannot be read, at least not yet or no longer. */
  Optional<Holder> holder(Claim claim) {
    try {
      return Holder.parse(storage.text(file(claim)));
    } catch (IOException e) {
      // A file that is being written or removed: HDFS then misses its end or its blocks. A file
      // system that is away is met by the next listing.
      return Optional.empty();
    }
  }

  private Path file(Claim claim) {
    return new Path(folder, claim.fileName());
  }
}
