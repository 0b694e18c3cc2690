package io.ebmspark.spark.train;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.apache.spark.SparkConf;
import org.apache.spark.sql.SparkSession;

/** Sessions whose executors may be separate processes, and a table small enough for them. */
public final class ClusterSession {
  private ClusterSession() {}

  /**
   * Starts a session of its own; one that other tests of this process share would be given else.
   */
  public static SparkSession start(String master, Map<String, String> more) {
    stop();
    SparkConf conf =
        new SparkConf()
            .setMaster(master)
            .setAppName("trainer")
            .setSparkHome(StandaloneCluster.SPARK_HOME.toString())
            .set("spark.ui.enabled", "false")
            .set("spark.sql.shuffle.partitions", "2")
            .set("spark.driver.host", "127.0.0.1")
            .set("spark.driver.bindAddress", "127.0.0.1")
            .set("spark.executor.extraClassPath", System.getProperty("java.class.path"))
            .set("spark.serializer", "org.apache.spark.serializer.KryoSerializer")
            .set("spark.kryo.registrator", "io.ebmspark.spark.KryoRegistration");
    more.forEach(conf::set);
    SparkSession spark = SparkSession.builder().config(conf).getOrCreate();
    spark.sparkContext().setLogLevel("ERROR");
    return spark;
  }

  public static void stop() {
    if (SparkSession.getDefaultSession().isDefined()) {
      SparkSession.getDefaultSession().get().stop();
    }
    SparkSession.clearDefaultSession();
    SparkSession.clearActiveSession();
  }

  /** 203 rows of two columns, written once. */
  static Path rows(Path folder) throws IOException {
    Path file = folder.resolve("rows.csv");
    if (Files.notExists(file)) {
      StringBuilder rows = new StringBuilder("a,b\n");
      for (int i = 0; i < 203; i++) {
        rows.append(Math.sin(i)).append(',').append(Math.cos(1.7 * i) * Math.sin(i)).append('\n');
      }
      Files.writeString(file, rows.toString());
    }
    return file;
  }
}
