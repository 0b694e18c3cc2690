package io.ebmspark.spark.data;

import java.util.Optional;
import java.util.function.Supplier;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.internal.SQLConf;

/** The time zone in which Spark takes an instant for a date and a time of day. */
public final class SessionZone {
  private SessionZone() {}

  /** A session's own. */
  public static String of(SparkSession spark) {
    return spark.conf().get(SQLConf.SESSION_LOCAL_TIMEZONE().key());
  }

  /** The zone that holds here: the session's, or another one within {@link #in}. */
  public static String current() {
    return SQLConf.get().sessionLocalTimeZone();
  }

  /**
   * Does work as if the session had another zone. It holds for columns that are made meanwhile,
   * also where they are computed later: Spark settles it when it first looks at a query.
   *
   * @param zone empty for the session's own
   */
  public static <T> T in(SparkSession spark, Optional<String> zone, Supplier<T> work) {
    if (zone.isEmpty()) {
      return work.get();
    }
    SQLConf there =
        ((org.apache.spark.sql.classic.SparkSession) spark).sessionState().conf().clone();
    there.setConfString(SQLConf.SESSION_LOCAL_TIMEZONE().key(), zone.get());
    return SQLConf.withExistingConf(there, work::get);
  }
}
