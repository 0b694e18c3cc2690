package io.ebmspark.jobs;

import io.ebmspark.core.settings.BadSettingException;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.Path;

/**
 * What differs when spark-submit's {@code --deploy-mode cluster} starts the driver on some machine
 * of the cluster: its folder, and its JVM's options.
 */
final class ClusterDriver {
  /** Where spark-submit was called; {@code scripts/ebm} says so. */
  private static final String DIRECTORY = "spark.ebm.directory";

  private ClusterDriver() {}

  /**
   * Makes relative paths on the local file system mean what they mean in client mode, as far as
   * this machine has that folder.
   *
   * @throws BadSettingException if the JVM was started without what Spark needs
   */
  static void prepare() {
    if (!ByteBuffer.class.getModule().isOpen("java.nio", ClusterDriver.class.getModule())) {
      throw new BadSettingException(
          "spark.driver.extraJavaOptions",
          "lacks the --add-opens that Spark needs, which a standalone cluster does not add to a"
              + " driver it starts; take them from conf/spark/cluster.conf");
    }
    String directory = System.getProperty(DIRECTORY, "");
    if (!isHere() && !directory.isEmpty()) {
      try {
        LocalFileSystem local = FileSystem.getLocal(Sessions.hadoop());
        Path place = new Path("file", null, directory);
        if (local.exists(place)) {
          local.setWorkingDirectory(place);
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /** Whether the driver runs where spark-submit was called. */
  private static boolean isHere() {
    return !System.getProperty("spark.submit.deployMode", "client").equals("cluster");
  }

  /**
   * A job file by its name. One that {@code --files} has sent along is in the driver's own folder,
   * and takes precedence over one of that name where spark-submit was called.
   */
  static String jobFile(String path) {
    File sent = new File(path);
    return !isHere() && sent.isFile() ? "file://" + sent.getAbsolutePath() : path;
  }

  /** The end of a sentence about a missing file: on which machine it is missing. */
  static String where() {
    if (isHere()) {
      return "";
    }
    return " on "
        + host()
        + ", where --deploy-mode cluster has put the driver; name a place that every machine sees,"
        + " such as hdfs: or a shared folder";
  }

  private static String host() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      return "the machine";
    }
  }
}
