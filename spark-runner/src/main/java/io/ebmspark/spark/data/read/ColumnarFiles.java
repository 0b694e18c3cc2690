package io.ebmspark.spark.data.read;

import io.ebmspark.spark.data.DataException;
import io.ebmspark.spark.data.SourceSettings;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/** What Spark passes over in silence where it reads Parquet and ORC files. */
final class ColumnarFiles {
  /** As many footers are read as tell of columns that came or went. */
  private static final int LOOKED_AT = 32;

  /** Folders in which table formats keep what says which files are still part of a table. */
  private static final Map<String, String> LOGS = Map.of("_delta_log", "delta", ".hoodie", "hudi");

  private ColumnarFiles() {}

  static boolean are(SourceSettings source) {
    return source.isFormat("parquet") || source.isFormat("orc");
  }

  /**
   * Refuses the folder of a table whose log says which files are part of it: read as mere files,
   * rows that were deleted or replaced would be there again.
   *
   * @throws DataException if source.path is such a folder, or a partition in one
   */
  static void refuseLogged(SparkSession spark, SourceSettings source) {
    Configuration hadoop = spark.sparkContext().hadoopConfiguration();
    for (String path : source.path()) {
      Path at = new Path(path);
      Optional<String> format = logged(at, hadoop);
      while (format.isEmpty() && at.getName().contains("=") && at.getParent() != null) {
        at = at.getParent();
        format = logged(at, hadoop);
      }
      if (format.isPresent()) {
        throw new DataException(
            "source.path "
                + path
                + " is "
                + at
                + ", a table of format "
                + format.get()
                + ": read as "
                + source.format()
                + ", rows that were deleted or replaced are in it still; set source.format: "
                + format.get()
                + " and have EBM_SUBMIT load its package, or name the files by a pattern if all"
                + " are meant");
      }
    }
  }

  private static Optional<String> logged(Path folder, Configuration hadoop) {
    if (folder.toString().contains("*")) {
      return Optional.empty();
    }
    try {
      FileSystem files = folder.getFileSystem(hadoop);
      for (Map.Entry<String, String> log : LOGS.entrySet()) {
        if (files.exists(new Path(folder, log.getKey()))) {
          return Optional.of(log.getValue());
        }
      }
    } catch (IOException e) {
      return Optional.empty(); // whoever reads the files will say what is wrong
    }
    return Optional.empty();
  }

  /**
   * Columns that some files have and that are not read, since Spark takes one file's columns for
   * those of all. None if options say which are meant, or if Spark cannot put the files' columns
   * together.
   */
  static List<String> unread(Dataset<Row> rows, SourceSettings source) {
    if (!are(source) || source.option("mergeSchema").isPresent()) {
      return List.of();
    }
    List<String> read = List.of(rows.columns());
    try {
      String[] some = spreadOver(rows.inputFiles());
      if (some.length < 2) {
        return List.of();
      }
      return Arrays.stream(
              rows.sparkSession()
                  .read()
                  .format(source.format())
                  .options(source.options())
                  .option("mergeSchema", "true")
                  .load(some)
                  .columns())
          .filter(name -> !read.contains(name))
          .toList();
    } catch (Exception e) {
      // Scala declares no checked exceptions. A column of two types is told where it is read.
      return List.of();
    }
  }

  /** The first, the last, and some between them. */
  private static String[] spreadOver(String[] files) {
    Arrays.sort(files);
    int count = Math.min(LOOKED_AT, files.length);
    return IntStream.range(0, count)
        .mapToObj(i -> files[(int) ((long) i * (files.length - 1) / Math.max(1, count - 1))])
        .toArray(String[]::new);
  }
}
