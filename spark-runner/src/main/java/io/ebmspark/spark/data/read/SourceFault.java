package io.ebmspark.spark.data.read;

import io.ebmspark.core.failure.RootCause;
import io.ebmspark.spark.data.SparkMessage;
import java.io.InterruptedIOException;
import java.nio.channels.ClosedByInterruptException;
import java.util.Optional;
import java.util.Set;
import org.apache.spark.SparkThrowable;

/**
 * Tells failures that Spark blames on a table from those of Spark itself: lost executors, lack of
 * memory, a cancelled job, an object that could not be sent. Spark's names for failures carry an
 * SQLSTATE, whose first two characters are its class.
 */
final class SourceFault {
  /**
   * Classes of the SQL standard and of Spark for what is wrong with values, columns, files or a
   * query.
   */
  private static final Set<String> OF_THE_SOURCE =
      Set.of("07", "0A", "21", "22", "23", "38", "39", "3F", "42", "46", "51", "HV", "KD", "P0");

  /** The class of what is wrong with values. */
  private static final String OF_VALUES = "22";

  private SourceFault() {}

  /** The innermost failure that says what is wrong with the source; none if nothing does. */
  static Optional<Throwable> in(Throwable failure) {
    Optional<Throwable> found = Optional.empty();
    for (Throwable at = failure; at != null; at = at.getCause()) {
      if (isOfTheProcess(at)) {
        // An interrupted thread, or one without memory, cannot read a file: not the file's fault.
        return Optional.empty();
      }
      if (at instanceof SparkThrowable spark && !condition(at).isEmpty()) {
        if (!isOfTheSource(spark)) {
          return Optional.empty();
        }
        found = Optional.of(found.orElse(at));
      }
    }
    return found;
  }

  /**
   * A failure to read a file, or to compute a value from the rows, as a condition or a view does:
   * the source's fault also where it was met while rows were written.
   */
  static Optional<Throwable> ofTheRows(Throwable failure) {
    return RootCause.chain(failure)
        .filter(at -> isOfAValue(at) || condition(at).startsWith("FAILED_READ_FILE"))
        .findFirst();
  }

  /**
   * Whether a file was removed since Spark listed it, as it says of one that it may not read too.
   */
  static boolean isOfAFileThatIsGone(Throwable fault) {
    return condition(fault).equals("FAILED_READ_FILE.FILE_NOT_EXIST")
        && !SparkMessage.of(fault).contains("Permission denied");
  }

  private static boolean isOfAValue(Throwable at) {
    return at instanceof SparkThrowable spark
        && String.valueOf(spark.getSqlState()).startsWith(OF_VALUES);
  }

  /** Spark's name for what went wrong; empty if it has none. */
  static String condition(Throwable e) {
    String condition = e instanceof SparkThrowable spark ? spark.getCondition() : null;
    return condition == null ? "" : condition;
  }

  private static boolean isOfTheSource(SparkThrowable spark) {
    String condition = String.valueOf(spark.getCondition());
    if (condition.contains("KRYO")) {
      return false;
    }
    String state = spark.getSqlState();
    if (state == null || state.length() < 2) {
      // Failures that Spark has not classified yet: those of its core are numbered from 3000 on.
      return !condition.startsWith("_LEGACY_ERROR_TEMP_3");
    }
    return OF_THE_SOURCE.contains(state.substring(0, 2));
  }

  private static boolean isOfTheProcess(Throwable e) {
    return e instanceof InterruptedException
        || e instanceof InterruptedIOException
        || e instanceof ClosedByInterruptException
        || e instanceof VirtualMachineError
        || e instanceof LinkageError;
  }
}
