package io.ebmspark.spark.store;

import io.ebmspark.core.failure.FirstLine;
import io.ebmspark.core.failure.RootCause;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.util.Optional;
import java.util.function.Predicate;
import org.apache.hadoop.fs.FSError;
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

  /** What is said of a file system that is full, unreachable or denies access. */
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
    return at instanceof ConnectException
        || at instanceof UnknownHostException
        || at instanceof AccessControlException;
  }

  private static Optional<String> first(Throwable failure, Predicate<Throwable> fault) {
    return RootCause.chain(failure).filter(fault).findFirst().map(FirstLine::of);
  }
}
