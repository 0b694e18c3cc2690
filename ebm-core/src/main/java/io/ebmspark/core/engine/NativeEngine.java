package io.ebmspark.core.engine;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.pytorch.engine.PtNDManager;
import io.ebmspark.core.failure.FirstLine;
import io.ebmspark.core.failure.RootCause;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
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

  /** Names a folder with a libtorch of the machine's own, in place of the one in the jar. */
  private static final String OWN_LIBRARIES = "PYTORCH_LIBRARY_PATH";

  private static final String NAME = "PyTorch";

  static {
    // Read by DJL once, when the engine loads. One libtorch thread per task: with more, tasks
    // compete for the cores (docs/engine.md).
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

  /**
   * The same, and makes a number on a device.
   *
   * @throws NativeLibraryException also if libtorch cannot use the device
   */
  public static void load(Device device) {
    try (TensorScope scope = TensorScope.open(device, DataType.FLOAT32)) {
      scope.zeros(1);
    }
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
    Engine engine = engine();
    if (device.isGpu()) {
      Gpus.require(engine, device);
    }
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
    } catch (RuntimeException | LinkageError | AssertionError e) {
      if (ownLibraries().isEmpty()) {
        BundledLibraries.refuse(host(), e);
      }
      // DJL puts the reason last: a library that is missing, a processor it has no build for.
      String reason = FirstLine.of(RootCause.of(e));
      String place = ownLibraries().isEmpty() ? "" + cache : OWN_LIBRARIES + "=" + ownLibraries();
      throw new NativeLibraryException(
          "libtorch cannot be loaded on "
              + host()
              + " ("
              + BundledLibraries.machine()
              + ") from "
              + place
              + ": "
              + reason
              + "; "
              + advice(reason),
          e);
    }
  }

  private static String advice(String reason) {
    if (reason.contains("cannot open shared object file")) {
      return "install that library there";
    }
    if (!ownLibraries().isEmpty()) {
      return "correct " + OWN_LIBRARIES + ", or unset it to use the jar's own libtorch";
    }
    return "remove that folder, or set " + CACHE + " to another";
  }

  private static String ownLibraries() {
    return setting(OWN_LIBRARIES);
  }

  /** Read as DJL reads it: the environment first. */
  private static String setting(String name) {
    String environment = System.getenv(name);
    return environment == null ? System.getProperty(name, "") : environment;
  }

  /** What this machine is called in messages, which may be read on another. */
  static String host() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      return "this machine";
    }
  }

  /**
   * Where the libraries are unpacked: where the user said, in the home folder, or else in a folder
   * of the user's own under the one for temporary files.
   */
  private static Path cache() {
    String named = setting(CACHE);
    if (!named.isEmpty()) {
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
            + " on "
            + host()
            + " ("
            + reason
            + "); set "
            + CACHE
            + " to a folder that this user can write to, for executors by spark.executorEnv."
            + CACHE,
        cause);
  }
}
