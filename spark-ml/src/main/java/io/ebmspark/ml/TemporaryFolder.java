package io.ebmspark.ml;

import io.ebmspark.spark.model.ModelFolder;
import io.ebmspark.spark.store.Location;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.network.util.JavaUtils;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Folders on the driver's disk that last as long as the driver. */
final class TemporaryFolder {
  private static final Logger LOG = LoggerFactory.getLogger(TemporaryFolder.class);

  private TemporaryFolder() {}

  /**
   * A copy of a model folder. A model in memory is still whole when its folder is overwritten, as
   * {@code save} does before it writes, be it with this very model.
   */
  static String copyOf(String model, Configuration hadoop) {
    String copy = create();
    new ModelFolder(model, hadoop).copyTo(copy, hadoop, () -> {});
    return copy;
  }

  /** A path for a model, in a folder that is removed when the driver ends. */
  static String create() {
    try {
      Path folder = Files.createTempDirectory("ebm-model-");
      Runtime.getRuntime().addShutdownHook(new Thread(() -> remove(folder.toFile())));
      return Location.ofLocal(folder.resolve("model"));
    } catch (IOException e) {
      throw new UncheckedIOException(
          "the driver has no temporary folder for the model; set output", e);
    }
  }

  private static void remove(File folder) {
    try {
      JavaUtils.deleteRecursively(folder);
    } catch (IOException | InterruptedException e) {
      LOG.warn("{} could not be removed: {}", folder, e.getMessage());
    }
  }
}
