package io.ebmspark.jobs;

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
      if (e instanceof BadSettingException known) {
        throw known;
      }
      throw new BadSettingException(
          "output.path", output.path() + " cannot be reached: " + e.getMessage());
    }
  }

  static void write(Dataset<Row> rows, TableOutput output) {
    Dataset<Row> parts = output.files().isPresent() ? rows.coalesce(output.files().get()) : rows;
    Map<String, String> options = new LinkedHashMap<>();
    if (output.format().equalsIgnoreCase("csv")) {
      options.put("header", "true");
    }
    options.putAll(output.options());
    try {
      parts
          .write()
          .format(output.format())
          .options(options)
          .mode(output.overwrite() ? SaveMode.Overwrite : SaveMode.ErrorIfExists)
          .save(output.path());
    } catch (Exception e) {
      throw DataException.inside(e)
          .orElseGet(
              () ->
                  new DataException(
                      "the rows cannot be written as "
                          + output.format()
                          + " to "
                          + output.path()
                          + ": "
                          + String.valueOf(e.getMessage()).lines().findFirst().orElse(""),
                      e));
    }
  }
}
