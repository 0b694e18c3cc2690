package io.ebmspark.spark;

import java.util.Arrays;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.Dataset;
import org.apache.spark.storage.RDDInfo;

/** What executors keep of a table or an RDD: where it lies, and how it is given back. */
public final class KeptBlocks {
  private KeptBlocks() {}

  /** How many bytes of an RDD lie on the executors' discs, memory being too short for them. */
  public static long bytesOnDisc(JavaRDD<?> kept) {
    return Arrays.stream(kept.context().getRDDStorageInfo())
        .filter(found -> found.id() == kept.id())
        .mapToLong(RDDInfo::diskSize)
        .sum();
  }

  /**
   * Gives back what is kept of an RDD, and waits for it: Spark warns of each block that it looks
   * for in a session that has ended meanwhile.
   */
  public static void release(JavaRDD<?> kept) {
    release(() -> kept.unpersist(true));
  }

  /** Gives back what is kept of a table, likewise. */
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
