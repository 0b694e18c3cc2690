package io.ebmspark.core.engine;

import ai.djl.util.ClassLoaderUtils;
import ai.djl.util.Platform;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URL;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Properties;

/**
 * The builds of libtorch in the application's jar: each for one kind of machine. DJL would fetch
 * one that is missing from the network, and says only that it may not.
 */
final class BundledLibraries {
  private static final String LIST = "native/lib/pytorch.properties";

  private BundledLibraries() {}

  /** This machine, as DJL names its builds: {@code linux-x86_64}. */
  static String machine() {
    return Platform.fromSystem("pytorch").getClassifier();
  }

  /**
   * Says that none of the builds is for this machine, if that is so.
   *
   * @param host what the machine is called
   * @param failure what DJL says of it
   */
  static void refuse(String host, Throwable failure) {
    Platform chosen = Platform.detectPlatform("pytorch");
    if (!chosen.isPlaceholder()) {
      return;
    }
    List<Properties> builds = builds();
    if (builds.isEmpty()) {
      throw new NativeLibraryException(
          "the application's jar has no libtorch, and " + host + " needs one; use the -all jar",
          failure);
    }
    if (builds.stream().anyMatch(build -> machine().equals(build.getProperty("classifier")))) {
      throw new NativeLibraryException(
          "the application's jar has libtorch "
              + named(builds)
              + ", and "
              + host
              + " has no such GPU; use one that has, or a jar that is built for CPUs",
          failure);
    }
    throw new NativeLibraryException(
        "the application's jar has libtorch "
            + named(builds)
            + ", and "
            + host
            + " is "
            + machine()
            + "; build the jar with -Dpytorch.native.classifier="
            + machine(),
        failure);
  }

  private static String named(List<Properties> builds) {
    return String.join(
        " and ",
        builds.stream()
            .map(
                build ->
                    "for " + build.getProperty("flavor") + " " + build.getProperty("classifier"))
            .toList());
  }

  private static List<Properties> builds() {
    List<Properties> builds = new ArrayList<>();
    try {
      for (URL list :
          Collections.list(ClassLoaderUtils.getContextClassLoader().getResources(LIST))) {
        Properties build = new Properties();
        try (InputStream text = list.openStream()) {
          build.load(text);
        }
        builds.add(build);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(LIST + " cannot be read from the class path", e);
    }
    return builds;
  }
}
