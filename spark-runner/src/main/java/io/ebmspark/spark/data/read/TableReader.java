package io.ebmspark.spark.data.read;

import io.ebmspark.core.settings.Suggestion;
import io.ebmspark.spark.data.DataException;
import io.ebmspark.spark.data.Names;
import io.ebmspark.spark.data.SourceSettings;
import io.ebmspark.spark.data.SparkMessage;
import java.util.List;
import java.util.Map;
import org.apache.spark.package$;
import org.apache.spark.sql.DataFrameReader;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;

/** Opens the table that settings name. */
public final class TableReader {
  /** Those that names of others are most often meant for. */
  private static final List<String> FORMATS = List.of("parquet", "csv", "json", "orc", "avro");

  /** What Spark says of a format that it knows and whose package it lacks. */
  private static final String NOT_DEPLOYED = "deploy the application";

  private TableReader() {}

  /**
   * The rows that meet the filter, with all columns; nothing but the schema is read yet.
   *
   * @throws DataException if the path, the format, the table or the filter is wrong
   */
  public static Dataset<Row> read(SparkSession spark, SourceSettings source) {
    Dataset<Row> rows = source.table().isEmpty() ? files(spark, source) : table(spark, source);
    if (source.where().isEmpty()) {
      return rows;
    }
    String condition = source.where().get();
    try {
      return rows.where(condition);
    } catch (Exception e) {
      throw new DataException(
          "source.where is not a condition on "
              + source.describe()
              + ": "
              + condition
              + "; correct it ("
              + SparkMessage.of(e)
              + ")",
          e);
    }
  }

  private static Dataset<Row> files(SparkSession spark, SourceSettings source) {
    DataFrameReader reader = spark.read().format(source.format());
    boolean isCsv = source.isFormat("csv");
    if (isCsv) {
      // Spark's own defaults would call the columns _c0, _c1 and make all of them text.
      reader = reader.option("header", "true").option("inferSchema", "true");
    }
    Dataset<Row> rows;
    try {
      rows = reader.options(source.options()).load(source.path().toArray(String[]::new));
    } catch (Exception e) {
      // Scala declares no checked exceptions, so the compiler knows of no narrower type.
      Throwable fault = SourceFault.in(e).orElseThrow(() -> notOfTheSource(source, e));
      throw new DataException(whatFailed(source, fault) + " (" + SparkMessage.of(fault) + ")", e);
    }
    if (isCsv) {
      CsvHeaders.check(rows, source.options());
    }
    return rows;
  }

  private static String whatFailed(SourceSettings source, Throwable fault) {
    String condition = SourceFault.condition(fault);
    String path = Names.list(source.path());
    if (condition.startsWith("PATH_NOT_FOUND")) {
      return "source.path " + path + " does not exist; correct it";
    }
    if (condition.startsWith("DATA_SOURCE_NOT_FOUND")) {
      return "source.format "
          + Names.withSuggestion(source.format(), FORMATS)
          + " is unknown to Spark; correct it or add its jar";
    }
    if (source.isFormat("avro") && String.valueOf(fault.getMessage()).contains(NOT_DEPLOYED)) {
      return "source.format avro is in a package of Spark's that is not loaded; set"
          + " EBM_SUBMIT=\"--packages org.apache.spark:spark-avro_2.13:"
          + package$.MODULE$.SPARK_VERSION()
          + "\"";
    }
    return "source.path "
        + path
        + " cannot be read as "
        + source.format()
        + "; correct source.path, source.format or source.options";
  }

  private static Dataset<Row> table(SparkSession spark, SourceSettings source) {
    String name = source.table().orElseThrow();
    try {
      return spark.table(name);
    } catch (Exception e) {
      throw new DataException(
          "source.table "
              + name
              + " is not in Spark's catalog; correct it or use source.path ("
              + SparkMessage.of(e)
              + ")",
          e);
    }
  }

  /**
   * The rows that meet the filter, with nulls for columns that a model needs and that are absent
   * altogether because no JSON line has them.
   *
   * @param types of the columns the model takes features from, by name
   * @throws DataException if the path, the format, the table or the filter is wrong
   */
  public static Dataset<Row> read(
      SparkSession spark, SourceSettings source, Map<String, String> types) {
    Dataset<Row> rows = read(spark, source);
    if (!source.isFormat("json")) {
      return rows;
    }
    List<String> known = List.of(rows.columns());
    for (Map.Entry<String, String> column : types.entrySet()) {
      String name = column.getKey();
      // If there is a column of a similar name, it was more likely renamed.
      if (!known.contains(name) && Suggestion.of(name, known).isEmpty()) {
        rows = rows.withColumn(name, functions.lit(null).cast(column.getValue()));
      }
    }
    return rows;
  }

  /**
   * Makes a failure that Spark blames on the data a {@link DataException}; others, such as lost
   * executors, are passed on.
   */
  public static RuntimeException whileReading(SourceSettings source, Exception failure) {
    return SourceFault.in(failure)
        .<RuntimeException>map(
            fault ->
                new DataException(
                    source.describe()
                        + " cannot be read through; correct the files, source.format,"
                        + " source.options or source.where ("
                        + SparkMessage.of(fault)
                        + ")",
                    failure))
        .orElseGet(() -> notOfTheSource(source, failure));
  }

  private static RuntimeException notOfTheSource(SourceSettings source, Exception failure) {
    return failure instanceof RuntimeException unchecked
        ? unchecked
        : new IllegalStateException("loading " + source.describe() + " failed", failure);
  }
}
