package io.ebmspark.spark.data.read;

import io.ebmspark.spark.data.DataException;
import io.ebmspark.spark.data.SourceSettings;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.spark.sql.catalyst.csv.CSVExprUtils;

/**
 * The first line of a CSV file, which shows what is wrong with the way the file is read.
 *
 * @param line without its end
 */
record CsvHeader(String file, String line) {
  private static final int SHOWN = 80;

  private static final Pattern WHOLE = Pattern.compile("\\d+");
  private static final Pattern NUMBER =
      Pattern.compile("[+-]?(\\d+\\.?\\d*|\\.\\d+)([eE][+-]?\\d+)?");

  /** A number, a date with or without a time, true or false. */
  private static final Pattern VALUE =
      Pattern.compile(NUMBER + "|\\d{4}-\\d\\d-\\d\\d([ T]\\d\\d:.*)?|(?i:true|false)");

  private static final Map<String, String> FORMATS =
      Map.of("PAR1", "parquet", "ORC", "orc", "Obj\u0001", "avro");

  /**
   * Rejects a file that is read wrongly.
   *
   * @param source whose options it is read with
   */
  void check(SourceSettings source) {
    if (isBinary(source)) {
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
        separator(source).isPresent() ? Optional.empty() : otherSeparator();
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
    if (source.option("header").isEmpty() && isLikeARow(separator(source).orElse(","))) {
      throw new DataException(
          "the first line of "
              + file
              + ", '"
              + shown(line)
              + "', looks like a row, not like names; set source.options: {header: false}, or"
              + " {header: true} if these are names");
    }
  }

  /** The separator that options give, if they do. */
  private static Optional<String> separator(SourceSettings source) {
    return source
        .option("sep")
        .or(() -> source.option("delimiter"))
        .map(CSVExprUtils::toDelimiterStr);
  }

  /** Whether a line holds what no text does, other than what is said to separate its fields. */
  private boolean isBinary(SourceSettings source) {
    String separator = separator(source).orElse("");
    return line.equals("ORC")
        || line.chars().anyMatch(c -> c < ' ' && c != '\t' && separator.indexOf(c) < 0);
  }

  /** The format that the first line gives away, by what its files begin with. */
  private Optional<String> likelyFormat() {
    return FORMATS.entrySet().stream()
        .filter(entry -> line.startsWith(entry.getKey()))
        .map(Map.Entry::getValue)
        .findFirst();
  }

  /**
   * Whether most fields are values, among them a number, and are no names all the same: names may
   * be whole numbers that differ, such as years, or numbers in order, such as the points of an
   * axis.
   */
  private boolean isLikeARow(String separator) {
    List<String> fields =
        Stream.of(line.split(Pattern.quote(separator), -1))
            .map(field -> field.strip().replaceAll("^\"|\"$", ""))
            .filter(field -> !field.isBlank())
            .toList();
    List<String> values = fields.stream().filter(VALUE.asMatchPredicate()).toList();
    boolean areWhole = values.stream().allMatch(WHOLE.asMatchPredicate());
    boolean areNames =
        areInOrder(values) || (areWhole && values.stream().distinct().count() == values.size());
    return 2 * values.size() > fields.size()
        && values.stream().anyMatch(NUMBER.asMatchPredicate())
        && !areNames;
  }

  /** Whether values are numbers that rise, or fall. */
  private static boolean areInOrder(List<String> values) {
    if (values.size() < 2 || !values.stream().allMatch(NUMBER.asMatchPredicate())) {
      return false;
    }
    double[] numbers = values.stream().mapToDouble(Double::parseDouble).toArray();
    return IntStream.range(1, numbers.length).allMatch(i -> numbers[i - 1] < numbers[i])
        || IntStream.range(1, numbers.length).allMatch(i -> numbers[i - 1] > numbers[i]);
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
