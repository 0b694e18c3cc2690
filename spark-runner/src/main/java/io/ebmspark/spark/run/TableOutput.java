package io.ebmspark.spark.run;

import io.ebmspark.core.settings.Check;
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
            value = "options of Spark's writer; csv files get a header by default",
            defaultsTo = "{}")
        Map<String, String> options,
    @Setting("number of files; one per Spark partition if absent") Optional<Integer> files,
    @Setting(value = "whether to replace an existing table", defaultsTo = "false")
        boolean overwrite) {
  public TableOutput {
    files.ifPresent(number -> Check.positive("files", number));
  }

  /** A copy without secrets, fit to be stored. */
  TableOutput withoutSecrets() {
    return new TableOutput(Secrets.hidden(path), format, Secrets.hidden(options), files, overwrite);
  }
}
