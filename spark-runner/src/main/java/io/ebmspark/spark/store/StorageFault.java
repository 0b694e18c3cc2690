package io.ebmspark.spark.store;

import io.ebmspark.core.failure.FirstLine;
import io.ebmspark.core.failure.RootCause;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.util.Optional;
import java.util.function.Predicate;
import org.apache.hadoop.fs.ClusterStorageCapacityExceededException;
import org.apache.hadoop.fs.FSError;
import org.apache.hadoop.hdfs.BlockMissingException;
import org.apache.hadoop.security.AccessControlException;

/**
 * Finds a file system's failure among what Spark made of it: an exception of the driver, or a
 * task's, of which there may be no more than text.
 */
public final class StorageFault {
  private StorageFault() {}

  /** What is said of a disc that is full or broken, or of a quota; empty for other failures. */
  public static Optional<String> ofADisc(Throwable failure) {
    return first(failure, StorageFault::isOfADisc);
  }

  /** What is said of a file system elsewhere that is full, unreachable or denies access. */
  public static Optional<String> away(Throwable failure) {
    return first(failure, StorageFault::isAway);
  }

  /**
   * What is said of a file system, here or elsewhere, that is full, unreachable or denies access.
   */
  public static Optional<String> in(Throwable failure) {
    return first(failure, at -> isOfADisc(at) || isAway(at));
  }

  private static boolean isOfADisc(Throwable at) {
    String message = String.valueOf(at.getMessage());
    return at instanceof FSError
        || message.contains("No space left on device")
        || message.contains("uota exceeded");
  }

  private static boolean isAway(Throwable at) {
    String message = String.valueOf(at.getMessage());
    return at instanceof ConnectException
        || at instanceof NoRouteToHostException
        || at instanceof SocketTimeoutException
        || at instanceof UnknownHostException
        || at instanceof AccessControlException
        || at instanceof ClusterStorageCapacityExceededException
        || at instanceof BlockMissingException
        // HDFS without data nodes that have room, and while it starts.
        || message.contains("minReplication nodes")
        || message.contains("Name node is in safe mode");
  }

  private static Optional<String> first(Throwable failure, Predicate<Throwable> fault) {
    return RootCause.chain(failure).filter(fault).findFirst().map(FirstLine::of);
  }
}
