package io.ebmspark.spark.data;

import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.spark.sql.AnalysisException;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/** Opens a table, with errors a person can act on. */
public final class TableReader {
  private TableReader() {}

  /**
   * Opens a table; rows are read later.
   *
   * @throws DataException if it is not there, or not as the settings say
   */
  public static Dataset<Row> read(SparkSession spark, SourceSettings source) {
    Dataset<Row> table = open(spark, source);
    if (source.where().isEmpty()) {
      return table;
    }
    try {
      return table.where(source.where().get());
    } catch (Exception e) {
      throw failure("data.source.where '" + source.where().get() + "' does not fit the table", e);
    }
  }

  private static Dataset<Row> open(SparkSession spark, SourceSettings source) {
    if (source.table().isPresent()) {
      String name = source.table().get();
      try {
        return spark.table(name);
      } catch (Exception e) {
        throw failure("the table '" + name + "' cannot be opened", e);
      }
    }
    String path = source.path().orElseThrow();
    try {
      return spark.read().format(source.format()).options(options(source)).load(path);
    } catch (Exception e) {
      throw failure("the " + source.format() + " files at '" + path + "' cannot be read", e);
    }
  }

  /** Spark's own defaults make every column of a CSV file text, its header a row. */
  private static Map<String, String> options(SourceSettings source) {
    Map<String, String> options = new LinkedHashMap<>();
    if (source.format().equalsIgnoreCase("csv")) {
      options.put("header", "true");
      options.put("inferSchema", "true");
    }
    options.putAll(source.options());
    return options;
  }

  /** Spark's first line says it all; the rest of its message is a query plan. */
  static DataException failure(String what, Throwable cause) {
    Throwable root = cause;
    while (!(root instanceof AnalysisException) && root.getCause() != null) {
      root = root.getCause();
    }
    String reason =
        String.valueOf(root.getMessage())
            .lines()
            .map(String::strip)
            .filter(line -> !line.isEmpty())
            .findFirst()
            .orElse(root.getClass().getSimpleName());
    return new DataException(what + ": " + reason, cause);
  }
}
