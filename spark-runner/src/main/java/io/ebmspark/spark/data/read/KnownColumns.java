package io.ebmspark.spark.data.read;

import io.ebmspark.spark.data.SessionZone;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.apache.spark.sql.SparkSession;

/**
 * What a model knows of its table's columns, by which later tables are read: what was text stays
 * text, and an instant is the same date and time of day.
 *
 * @param types Spark types of the columns the model takes features from, by name
 * @param zone time zone that instants are dates and times in; empty for the session's
 */
public record KnownColumns(Map<String, String> types, Optional<String> zone) {
  /** Where there is no model yet. */
  public static final KnownColumns NONE = new KnownColumns(Map.of(), Optional.empty());

  public KnownColumns {
    types = Collections.unmodifiableMap(new LinkedHashMap<>(types));
  }

  /** Does work as if the session had the model's zone, as {@link SessionZone#in} does. */
  public <T> T inZone(SparkSession spark, Supplier<T> work) {
    return SessionZone.in(spark, zone, work);
  }
}
