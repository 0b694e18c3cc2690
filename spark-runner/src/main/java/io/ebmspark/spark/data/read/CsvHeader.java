package io.ebmspark.spark.data.read;

import io.ebmspark.spark.data.DataException;
import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The first line of a CSV file, which shows what is wrong with the way the file is read.
 *
 * @param line without its end
 */
record CsvHeader(String file, String line) {
  private static final int SHOWN = 80;

  /**
   * Rejects a file that is read wrongly.
   *
   * @param options of Spark's reader
   */
  void check(Map<String, String> options) {
    boolean separatorIsGiven =
        !CsvHeaders.option(options, "sep", CsvHeaders.option(options, "delimiter", "")).isEmpty();
    Optional<Character> separator = separatorIsGiven ? Optional.empty() : otherSeparator();
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
