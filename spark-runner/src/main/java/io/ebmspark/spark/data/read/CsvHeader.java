package io.ebmspark.spark.data.read;

import io.ebmspark.spark.data.DataException;
import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.spark.sql.catalyst.csv.CSVExprUtils;

/**
 * The first line of a CSV file, which shows what is wrong with the way the file is read.
 *
 * @param line without its end
 */
record CsvHeader(String file, String line) {
  private static final int SHOWN = 80;

  private static final Map<String, String> FORMATS =
      Map.of("PAR1", "parquet", "ORC", "orc", "Obj\u0001", "avro");

  /**
   * Rejects a file that is read wrongly.
   *
   * @param options of Spark's reader
   */
  void check(Map<String, String> options) {
    if (isBinary(options)) {
      throw new DataException(
          file
              + " begins with control characters, '"
              + shown(line)
              + "', and is no csv; "
              + likelyFormat()
                  .map(format -> "set source.format: " + format)
                  .orElse(
                      "correct source.path or source.format, or set source.options: {encoding:"
                          + " …}"));
    }
    Optional<Character> separator =
        separator(options).isPresent() ? Optional.empty() : otherSeparator();
    if (separator.isPresent()) {
      String sep = separator.get() == '\t' ? "\"\\t\"" : "'" + separator.get() + "'";
      throw new DataException(
          "the first line of "
              + file
              + ", '"
              + shown(line)
              + "', is one column to csv's comma; set source.options: {sep: "
              + sep
              + "}, or {sep: ','} if it is one column");
    }
  }

  /** The separator that options give, if they do. */
  private static Optional<String> separator(Map<String, String> options) {
    String given = CsvHeaders.option(options, "sep", CsvHeaders.option(options, "delimiter", ""));
    return given.isEmpty() ? Optional.empty() : Optional.of(CSVExprUtils.toDelimiterStr(given));
  }

  /** Whether a line holds what no text does, other than what is said to separate its fields. */
  private boolean isBinary(Map<String, String> options) {
    String separator = separator(options).orElse("");
    return line.equals("ORC")
        || line.chars().anyMatch(c -> c < ' ' && c != '\t' && separator.indexOf(c) < 0);
  }

  /** By what files of a format begin with. */
  private Optional<String> likelyFormat() {
    return FORMATS.entrySet().stream()
        .filter(entry -> line.startsWith(entry.getKey()))
        .map(Map.Entry::getValue)
        .findFirst();
  }

  /** What separates the fields of a line without a comma, if anything does. */
  private Optional<Character> otherSeparator() {
    return line.indexOf(',') >= 0
        ? Optional.empty()
        : Stream.of(';', '\t', '|')
            .filter(c -> line.indexOf(c) >= 0)
            .max(Comparator.comparingLong(c -> line.chars().filter(each -> each == c).count()));
  }

  /** The beginning of a line, with nothing in it that a terminal would obey. */
  static String shown(String line) {
    String shortened = line.length() <= SHOWN ? line : line.substring(0, SHOWN) + "…";
    return shortened.replace("\t", "\\t").replaceAll("\\p{Cntrl}", "?");
  }
}
