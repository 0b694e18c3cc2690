package io.ebmspark.ml;

import io.ebmspark.spark.model.ModelFolder;
import io.ebmspark.spark.store.Location;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ref.Cleaner;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.network.util.JavaUtils;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A folder on the driver's disk. It lasts as long as this object is in use, at most as long as the
 * driver: one that goes on for months, as of a stream or a server, reads many models.
 */
final class TemporaryFolder {
  private static final Logger LOG = LoggerFactory.getLogger(TemporaryFolder.class);
  private static final Cleaner UNUSED = Cleaner.create();
  private static final Set<File> PRESENT = ConcurrentHashMap.newKeySet();

  static {
    Runtime.getRuntime()
        .addShutdownHook(new Thread(() -> PRESENT.forEach(TemporaryFolder::remove)));
  }

  private final String model;

  /** A folder without a model. */
  TemporaryFolder() {
    try {
      Path folder = Files.createTempDirectory("ebm-model-");
      File file = folder.toFile();
      PRESENT.add(file);
      UNUSED.register(this, () -> remove(file));
      this.model = Location.ofLocal(folder.resolve("model"));
    } catch (IOException e) {
      throw new UncheckedIOException(
          "the driver has no temporary folder for the model; set output", e);
    }
  }

  /**
   * A copy of a model folder. A model in memory is still whole when its folder is overwritten, as
   * {@code save} does before it writes, be it with this very model.
   */
  static TemporaryFolder copyOf(String model, Configuration hadoop) {
    TemporaryFolder copy = new TemporaryFolder();
    new ModelFolder(model, hadoop).copyTo(copy.model(), hadoop, () -> {});
    return copy;
  }

  /** The path of its model. */
  String model() {
    return model;
  }

  private static void remove(File folder) {
    PRESENT.remove(folder);
    try {
      JavaUtils.deleteRecursively(folder);
    } catch (IOException | InterruptedException e) {
      LOG.warn("{} could not be removed: {}", folder, e.getMessage());
    }
  }
}
