package io.ebmspark.spark;

import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.Dataset;

/**
 * Gives back what executors keep, and waits for it: Spark warns of each block that it looks for in
 * a session that has ended meanwhile.
 */
public final class KeptBlocks {
  private KeptBlocks() {}

  /** Gives back what is kept of an RDD. */
  public static void release(JavaRDD<?> kept) {
    release(() -> kept.unpersist(true));
  }

  /** Gives back what is kept of a table. */
  public static void release(Dataset<?> kept) {
    release(() -> kept.unpersist(true));
  }

  private static void release(Runnable work) {
    try {
      work.run();
    } catch (Exception e) {
      // Spark has logged which executor did not answer; nothing depends on it. It throws what it
      // does not declare.
      if (e instanceof InterruptedException) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
