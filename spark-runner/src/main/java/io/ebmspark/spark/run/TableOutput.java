package io.ebmspark.spark.run;

import io.ebmspark.core.settings.Setting;
import io.ebmspark.spark.data.Secrets;
import java.util.Map;
import java.util.Optional;

/** Where rows go, in any format Spark writes. */
public record TableOutput(
    @Setting("path the rows are written to, on any Hadoop file system") String path,
    @Setting(value = "format of the files: parquet, csv, json, orc, …", defaultsTo = "parquet")
        String format,
    @Setting(
            value = "options of Spark's writer; csv files get a header unless said otherwise",
            defaultsTo = "{}")
        Map<String, String> options,
    @Setting("number of files; as Spark has the rows if absent") Optional<Integer> files,
    @Setting(value = "whether rows that are there are replaced", defaultsTo = "false")
        boolean overwrite) {
  /** The same, fit to be kept. */
  TableOutput withoutSecrets() {
    return new TableOutput(Secrets.hidden(path), format, Secrets.hidden(options), files, overwrite);
  }
}
