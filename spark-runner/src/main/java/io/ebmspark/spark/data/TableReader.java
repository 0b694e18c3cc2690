package io.ebmspark.spark.data;

import java.util.Locale;
import org.apache.spark.sql.DataFrameReader;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/** Opens the table that settings name. */
public final class TableReader {
  private TableReader() {}

  /**
   * The rows that meet the filter, with all columns; nothing but the schema is read yet.
   *
   * @throws DataException if the path, the format, the table or the filter is wrong
   */
  public static Dataset<Row> read(SparkSession spark, SourceSettings source) {
    Dataset<Row> rows = source.path().isPresent() ? files(spark, source) : table(spark, source);
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
              + firstLine(e)
              + ")",
          e);
    }
  }

  private static Dataset<Row> files(SparkSession spark, SourceSettings source) {
    DataFrameReader reader = spark.read().format(source.format());
    if (source.format().toLowerCase(Locale.ROOT).equals("csv")) {
      // Spark's own defaults would call the columns _c0, _c1 and make all of them text.
      reader = reader.option("header", "true").option("inferSchema", "true");
    }
    String path = source.path().orElseThrow();
    try {
      return reader.options(source.options()).load(path);
    } catch (Exception e) {
      // Scala declares nothing checked, so that the compiler knows of no narrower type.
      Throwable fault = SourceFault.in(e).orElseThrow(() -> notOfTheSource(source, e));
      throw new DataException(
          whatFailed(source, path, SourceFault.condition(fault)) + " (" + firstLine(fault) + ")",
          e);
    }
  }

  private static String whatFailed(SourceSettings source, String path, String condition) {
    if (condition.startsWith("PATH_NOT_FOUND")) {
      return "source.path " + path + " does not exist; correct it";
    }
    if (condition.startsWith("DATA_SOURCE_NOT_FOUND")) {
      return "source.format " + source.format() + " is unknown to Spark; correct it or add its jar";
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
              + firstLine(e)
              + ")",
          e);
    }
  }

  /**
   * Makes a failure that Spark blames on the data a {@link DataException}; others, such as lost
   * executors, are passed on.
   */
  static RuntimeException whileReading(SourceSettings source, Exception failure) {
    return SourceFault.in(failure)
        .<RuntimeException>map(
            fault ->
                new DataException(
                    source.describe()
                        + " cannot be read through; correct the files, source.format,"
                        + " source.options or source.where ("
                        + firstLine(fault)
                        + ")",
                    failure))
        .orElseGet(() -> notOfTheSource(source, failure));
  }

  private static RuntimeException notOfTheSource(SourceSettings source, Exception failure) {
    return failure instanceof RuntimeException unchecked
        ? unchecked
        : new IllegalStateException("loading " + source.describe() + " failed", failure);
  }

  private static String firstLine(Throwable e) {
    String message = e.getMessage() == null ? e.toString() : e.getMessage().strip();
    // Of a failed job, Spark prints the whole trace; its last cause says what was wrong.
    int cause = message.lastIndexOf("Caused by: ");
    if (cause >= 0) {
      message = message.substring(cause).replaceFirst("Caused by: [\\w.$]+: ", "");
    }
    String line = message.lines().findFirst().orElse("");
    int state = line.indexOf(" SQLSTATE:");
    return state < 0 ? line : line.substring(0, state);
  }
}
