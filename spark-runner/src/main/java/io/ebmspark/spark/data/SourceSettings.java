package io.ebmspark.spark.data;

import io.ebmspark.core.settings.Check;
import io.ebmspark.core.settings.Setting;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** A table, as Spark reads it. */
public record SourceSettings(
    @Setting(
            value =
                "path of a file or directory, which may be a pattern, on any file system Spark"
                    + " reads, or a list of them; or else give table",
            defaultsTo = "[]",
            orSingle = true)
        List<String> path,
    @Setting("name of a table or view in Spark's catalog; or else give path")
        Optional<String> table,
    @Setting(value = "format of the files at path, by Spark's name for it", defaultsTo = "parquet")
        String format,
    @Setting(
            value =
                "options of Spark's reader; csv has header and inferSchema true unless given here",
            defaultsTo = "{}")
        Map<String, String> options,
    @Setting("SQL condition that rows must meet") Optional<String> where,
    @Setting(
            value = "columns that tell rows apart, by which messages name a faulty row",
            defaultsTo = "[]",
            orSingle = true)
        List<String> key) {
  /** How rows that cannot be computed with are left out of a job's table, or of a DataFrame. */
  public static final String LEAVE_OUT =
      "leave such rows out (source.where, or a filter of the DataFrame)";

  public SourceSettings {
    Check.that(
        path.isEmpty() == table.isPresent(),
        "path",
        table.isPresent()
            ? "and table are both given; keep one of them"
            : "and table are both absent; give one of them");
    Check.that(path.stream().noneMatch(String::isBlank), "path", "must not be blank");
    Check.that(table.isEmpty() || !table.get().isBlank(), "table", "must not be blank");
    Check.that(!format.isBlank(), "format", "must not be blank");
    Check.that(
        table.isEmpty() || options.isEmpty(), "options", "go with path only; table takes none");
    Check.that(where.isEmpty() || !where.get().isBlank(), "where", "must not be blank");
    path = List.copyOf(path);
    options = Map.copyOf(options);
    key = List.copyOf(key);
  }

  /** The same, safe to store: options that sound like secrets, and a path's user, are hidden. */
  public SourceSettings withoutSecrets() {
    List<String> plain = path.stream().map(Secrets::hidden).toList();
    return new SourceSettings(plain, table, format, Secrets.hidden(options), where, key);
  }

  /** What the rows are read from, as messages name it. */
  public String describe() {
    return table.map(name -> "table " + name).orElseGet(() -> format + " " + Names.list(path));
  }

  /** An option of Spark's reader, which takes its name in any case. */
  public Optional<String> option(String name) {
    return options.entrySet().stream()
        .filter(entry -> entry.getKey().equalsIgnoreCase(name))
        .map(Map.Entry::getValue)
        .findFirst();
  }

  /** Whether the files are of this format, however it is written. */
  public boolean isFormat(String name) {
    return table.isEmpty() && format.toLowerCase(Locale.ROOT).equals(name);
  }
}
