package io.ebmspark.spark.run;

import io.ebmspark.core.failure.FirstLine;
import io.ebmspark.core.settings.BadSettingException;
import io.ebmspark.spark.data.DataException;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;

/** Writes tables. */
final class Tables {
  private Tables() {}

  /** Refuses an output that could not be written in the end. */
  static void checkWritable(SparkSession spark, TableOutput output) {
    if (output.overwrite()) {
      return;
    }
    try {
      Path path = new Path(output.path());
      FileSystem files = path.getFileSystem(spark.sparkContext().hadoopConfiguration());
      if (files.exists(path)) {
        throw new BadSettingException(
            "output.path",
            path + " exists already; choose another, or set output.overwrite to true");
      }
    } catch (IOException | IllegalArgumentException e) {
      throw new BadSettingException(
          "output.path", output.path() + " cannot be reached: " + e.getMessage());
    }
  }

  /**
   * Writes rows beside their place and then puts them there, so that a job that fails leaves what
   * was there before.
   */
  static void write(Dataset<Row> rows, TableOutput output) {
    Dataset<Row> parts = output.files().isPresent() ? rows.coalesce(output.files().get()) : rows;
    Map<String, String> options = new LinkedHashMap<>();
    if (output.format().equalsIgnoreCase("csv")) {
      options.put("header", "true");
    }
    options.putAll(output.options());
    Path place = new Path(output.path());
    Path draft = place.suffix(".incomplete");
    try {
      FileSystem files =
          place.getFileSystem(rows.sparkSession().sparkContext().hadoopConfiguration());
      try {
        parts
            .write()
            .format(output.format())
            .options(options)
            .mode(SaveMode.Overwrite)
            .save(draft.toString());
        files.delete(place, true);
        if (!files.rename(draft, place)) {
          throw new IOException(draft + " could not be renamed to " + place);
        }
      } finally {
        files.delete(draft, true);
      }
    } catch (Exception e) {
      throw DataException.inside(e).orElseGet(() -> failure(output, e));
    }
  }

  private static DataException failure(TableOutput output, Exception e) {
    String reason = FirstLine.of(e);
    return new DataException(
        "the rows cannot be written as " + output.format() + " to " + output.path() + ": " + reason,
        e);
  }
}
