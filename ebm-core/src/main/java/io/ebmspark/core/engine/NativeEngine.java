package io.ebmspark.core.engine;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtNDManager;
import io.ebmspark.core.failure.FirstLine;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.UserPrincipal;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * libtorch in this process: how it is set up, where its libraries are unpacked, and what the user
 * is told when they cannot be.
 *
 * <p>DJL unpacks them into {@code .djl.ai} in the home folder or, if that is not writable, in the
 * folder for temporary files, which on shared machines may be another user's. Here the latter is a
 * folder of each user's own. {@code DJL_CACHE_DIR}, an environment variable or a system property,
 * names another.
 */
public final class NativeEngine {
  /** The setting, under DJL's name for it. */
  static final String CACHE = "DJL_CACHE_DIR";

  private static final String NAME = "PyTorch";

  static {
    // Read by DJL once, when the engine loads. One libtorch thread per task: two tasks on two cores
    // then run 1.4 times faster than with libtorch's own threads (docs/engine.md).
    setDefault("ai.djl.pytorch.num_threads", "1");
    setDefault("ai.djl.pytorch.num_interop_threads", "1");
    setDefault("ai.djl.pytorch.graph_optimizer", "false");
    setDefault("ai.djl.offline", "true");
    setDefault("OPT_OUT_TRACKING", "true");
  }

  private static volatile @Nullable Engine loaded;

  private NativeEngine() {}

  private static void setDefault(String property, String value) {
    if (System.getProperty(property) == null) {
      System.setProperty(property, value);
    }
  }

  /**
   * Loads libtorch unless this process already has: what is wrong with a machine is reported before
   * any work.
   *
   * @throws NativeLibraryException if libtorch cannot be unpacked or loaded
   */
  public static void load() {
    engine();
  }

  /** The version of libtorch. */
  public static String version() {
    return engine().getVersion();
  }

  /**
   * A manager of native memory on a device.
   *
   * @throws NativeLibraryException if libtorch cannot be unpacked or loaded
   */
  static PtNDManager manager(Device device) {
    engine();
    return (PtNDManager) NDManager.newBaseManager(device, NAME);
  }

  private static Engine engine() {
    Engine known = loaded;
    if (known == null) {
      synchronized (NativeEngine.class) {
        known = loaded;
        if (known == null) {
          known = load(cache());
          loaded = known;
        }
      }
    }
    return known;
  }

  private static Engine load(Path cache) {
    try {
      return Engine.getEngine(NAME);
    } catch (RuntimeException | LinkageError e) {
      // DJL puts the reason last: a library that is missing, a processor it has no build for.
      Throwable root = e;
      while (root.getCause() != null) {
        root = root.getCause();
      }
      throw new NativeLibraryException(
          "libtorch cannot be loaded from "
              + cache
              + ": "
              + FirstLine.of(root)
              + "; remove that folder, or set "
              + CACHE
              + " to another",
          e);
    }
  }

  /**
   * Where the libraries are unpacked: where the user said, in the home folder, or else in a folder
   * of the user's own under the one for temporary files.
   */
  private static Path cache() {
    String named = System.getenv(CACHE) == null ? System.getProperty(CACHE) : System.getenv(CACHE);
    if (named != null && !named.isEmpty()) {
      return usable(Path.of(named));
    }
    Path cache;
    try {
      cache = usable(Path.of(System.getProperty("user.home"), ".djl.ai"));
    } catch (NativeLibraryException e) {
      String user = System.getProperty("user.name", "user").replaceAll("[^\\w.-]", "_");
      cache = own(usable(Path.of(System.getProperty("java.io.tmpdir"), "ebm-on-spark-" + user)));
    }
    // DJL tries only the home folder, and otherwise takes a folder that all users would share.
    System.setProperty(CACHE, cache.toString());
    return cache;
  }

  /** A folder that is writable, or already holds the libraries, as in a container image. */
  private static Path usable(Path folder) {
    try {
      Files.createDirectories(folder);
      Files.delete(Files.createTempFile(folder, "probe", null));
    } catch (IOException e) {
      if (!holdsLibraries(folder)) {
        throw unusable(folder, e.getClass().getSimpleName(), e);
      }
    }
    return folder;
  }

  private static boolean holdsLibraries(Path folder) {
    if (!Files.isDirectory(folder)) {
      return false;
    }
    try (Stream<Path> files = Files.walk(folder, 3)) {
      return files.anyMatch(file -> String.valueOf(file.getFileName()).contains("djl_torch"));
    } catch (IOException | UncheckedIOException e) {
      return false;
    }
  }

  /** Rejects a folder that another user made: what is unpacked there will be run. */
  private static Path own(Path folder) {
    try {
      Path probe = Files.createTempFile(folder, "probe", null);
      UserPrincipal user = Files.getOwner(probe);
      Files.delete(probe);
      UserPrincipal owner = Files.getOwner(folder);
      if (!owner.equals(user)) {
        throw unusable(folder, "it belongs to " + owner, null);
      }
      return folder;
    } catch (IOException e) {
      throw unusable(folder, e.getClass().getSimpleName(), e);
    }
  }

  private static NativeLibraryException unusable(
      Path folder, String reason, @Nullable Throwable cause) {
    return new NativeLibraryException(
        "libtorch's libraries cannot be unpacked to "
            + folder
            + " ("
            + reason
            + "); set "
            + CACHE
            + " to a folder that this user can write to, for executors by spark.executorEnv."
            + CACHE,
        cause);
  }
}
