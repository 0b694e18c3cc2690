package io.ebmspark.spark.data;

import io.ebmspark.core.settings.Check;
import io.ebmspark.core.settings.Setting;
import java.util.Map;
import java.util.Optional;

/** A table, as Spark reads it. */
public record SourceSettings(
    @Setting("files of the table: a path of any Hadoop file system, globs allowed")
        Optional<String> path,
    @Setting("name of a table in the catalog, instead of a path") Optional<String> table,
    @Setting(value = "format of the files: parquet, csv, json, orc, …", defaultsTo = "parquet")
        String format,
    @Setting(
            value = "options of Spark's reader; csv files have a header unless said otherwise",
            defaultsTo = "{}")
        Map<String, String> options,
    @Setting("SQL condition of the rows used") Optional<String> where) {
  public SourceSettings {
    Check.that(
        path.isPresent() != table.isPresent(),
        "path",
        path.isPresent() ? "and table are both set; keep one" : "or table must be set");
  }
}
