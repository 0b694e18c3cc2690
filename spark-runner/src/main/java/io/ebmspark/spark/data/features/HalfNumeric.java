package io.ebmspark.spark.data.features;

import io.ebmspark.spark.data.Names;
import io.ebmspark.spark.data.SourceSettings;
import io.ebmspark.spark.data.read.TableReader;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;

/**
 * Finds text columns that were meant as numbers: one {@code NA} or {@code 1,234} in a CSV file
 * turns its whole column into text, and it would be taken for one.
 *
 * <p>The first rows tell: most values of such a column are numbers. Only if they are all numbers,
 * in a file whose types Spark inferred from all rows, is the rest searched; the faulty value is
 * there, and the table will be rejected.
 */
final class HalfNumeric {
  private static final int LOOK_ROWS = 1_000;
  private static final int LOOK_LENGTH = 40;

  private static final Pattern NUMBER =
      Pattern.compile("[+-]?(\\d+\\.?\\d*|\\.\\d+)([eE][+-]?\\d+)?");

  /** A number as people write it: 1,234.5 or 1.234,5, with a currency or a percent sign. */
  private static final Pattern WRITTEN =
      Pattern.compile("[^\\w,.]{0,2}[+-]?\\d{1,3}([,. '_]?\\d{3})*([.,]\\d+)?\\s?[^\\w,.]{0,2}");

  /** The only comma, after groups, after a mere zero, or before other than three digits. */
  private static final Pattern DECIMAL_COMMA =
      Pattern.compile("[^,]*\\.\\d{3},\\d+\\D*|\\D*0,\\d+\\D*|[^,]*\\d,(\\d{1,2}|\\d{4,})\\D*");

  /** A point, which groups digits where a comma does not. */
  private static final Pattern ONE_POINT = Pattern.compile(".*\\..*");

  /** Points that can only group digits. */
  private static final Pattern TWO_POINTS = Pattern.compile(".*\\..*\\..*");

  /** A number below zero as accountants and typesetters write it: (5), \u22125. */
  private static final Pattern OTHER_MINUS = Pattern.compile(".*[(\u2212].*");

  /** No mark but those of a number, and commas. */
  private static final Pattern BARE = Pattern.compile("[\\dA-Za-z.,+-]*");

  /** Text with an odd number of quotes. */
  private static final String UNCLOSED = "^[^\"]*\"[^\"]*(\"[^\"]*\"[^\"]*)*$";

  private static final Column NO = functions.lit(false);

  private final Dataset<Row> table;
  private final SourceSettings source;

  HalfNumeric(Dataset<Row> table, SourceSettings source) {
    this.table = table;
    this.source = source;
  }

  /** What the first rows of one column hold. */
  private static final class Found {
    int numbers;
    int values;
    final Set<String> others = new LinkedHashSet<>();
    boolean written;

    void add(String value) {
      values++;
      if (NUMBER.matcher(value).matches()) {
        numbers++;
      } else {
        boolean asWritten = WRITTEN.matcher(value).matches();
        numbers += asWritten ? 1 : 0;
        written |= asWritten;
        others.add(value);
      }
    }

    boolean isMostlyNumbers() {
      return 2 * numbers > values;
    }
  }

  /**
   * Examines text columns.
   *
   * @param problems receives a sentence for each that is half numeric
   */
  void look(List<String> columns, List<String> problems) {
    if (columns.isEmpty()) {
      return;
    }
    List<Row> rows;
    try {
      rows =
          table
              .select(
                  columns.stream()
                      .map(name -> functions.substring(Features.quoted(name), 1, LOOK_LENGTH))
                      .toArray(Column[]::new))
              .limit(LOOK_ROWS)
              .collectAsList();
    } catch (Exception e) {
      throw TableReader.whileReading(source, e);
    }
    for (int i = 0; i < columns.size(); i++) {
      String column = columns.get(i);
      Found found = new Found();
      for (Row row : rows) {
        String value = row.isNullAt(i) ? "" : row.getString(i).strip();
        if (!value.isEmpty()) {
          found.add(value);
        }
      }
      if (!found.isMostlyNumbers()) {
        continue;
      }
      Optional<String> other =
          found.others.stream()
              .findFirst()
              .or(() -> isInferred() ? search(column) : Optional.empty());
      other.ifPresent(value -> problems.add(problem(column, found, value)));
    }
  }

  private boolean isInferred() {
    boolean isCsv = source.isFormat("csv");
    return (isCsv && source.option("inferSchema").isEmpty()) || source.isFormat("json");
  }

  private static Column isNoNumber(String column) {
    Column text = functions.trim(Features.quoted(column));
    return text.isNotNull().and(text.notEqual("")).and(text.try_cast("double").isNull());
  }

  /** The first value of a column, over all rows, that is not a number. */
  private Optional<String> search(String column) {
    Column text = functions.trim(Features.quoted(column));
    try {
      return table
          .where(isNoNumber(column))
          .select(functions.substring(text, 1, LOOK_LENGTH))
          .takeAsList(1)
          .stream()
          .map(row -> row.getString(0))
          .findFirst();
    } catch (Exception e) {
      throw TableReader.whileReading(source, e);
    }
  }

  /**
   * Whether a line of a CSV file where a column holds no number ends what the line before began in
   * quotes: it was taken for a row, and a field of it has a quote too many.
   */
  private boolean breaksLines(String column) {
    if (!source.isFormat("csv") || source.option("multiLine").isPresent()) {
      return false;
    }
    Column unclosed =
        Arrays.stream(table.schema().fields())
            .filter(field -> ColumnTypes.isText(field.dataType()))
            .map(field -> functions.coalesce(Features.quoted(field.name()).rlike(UNCLOSED), NO))
            .reduce(NO, Column::or);
    try {
      return !table.where(isNoNumber(column).and(unclosed)).takeAsList(1).isEmpty();
    } catch (Exception e) {
      throw TableReader.whileReading(source, e);
    }
  }

  private String problem(String column, Found found, String other) {
    if (breaksLines(column)) {
      return found(column, found, other)
          + "; a field holds a line break in quotes; set source.options: {multiLine: true}";
    }
    List<String> remedies = new ArrayList<>();
    boolean isCsv = source.isFormat("csv");
    boolean written = found.written || WRITTEN.matcher(other).matches();
    if (written) {
      remedies.add(
          "name it in data.features as an expression, such as \""
              + asNumber(Names.inSql(column), found, other)
              + " AS "
              + Names.inSql(column + "_number")
              + "\"");
    } else if (isCsv && found.others.size() <= 1) {
      remedies.add("set source.options: {nullValue: " + other + "} and data.missing");
    } else {
      remedies.add(
          "name it in data.features as \"try_cast("
              + Names.inSql(column)
              + " AS double) AS "
              + Names.inSql(column + "_number")
              + "\", which makes such values null, and set data.missing");
    }
    remedies.add(
        "set data.columns: {"
            + column
            + ": {as: category}} if it is no number, or data.exclude: ["
            + column
            + "]");
    return found(column, found, other) + "; " + String.join(", ", remedies);
  }

  private static boolean matches(Pattern pattern, String value) {
    return pattern.matcher(value).matches();
  }

  private static String found(String column, Found found, String other) {
    return "column "
        + column
        + " is text, since it holds '"
        + other
        + "', while "
        + found.numbers
        + " of the first "
        + Names.count(found.values, "value")
        + " are numbers";
  }

  /** SQL of the numbers that a column has as text; null where there is none. */
  private static String asNumber(String column, Found found, String other) {
    List<String> values = new ArrayList<>(found.others);
    values.add(other);
    String digits = digits(column, values);
    return values.stream().allMatch(value -> matches(WRITTEN, value))
        ? "double(" + digits + ")"
        : "try_cast(" + digits + " AS double)";
  }

  /**
   * SQL of a number's text as a cast takes it: commas separate groups of three digits unless they
   * cannot, and signs of currencies and percent, blanks and other marks go. A minus stays, however
   * it is written, and so do letters, lest a word become a number.
   */
  private static String digits(String column, List<String> values) {
    boolean hasDecimalComma = values.stream().anyMatch(value -> matches(DECIMAL_COMMA, value));
    boolean pointsGroup =
        values.stream().anyMatch(value -> matches(hasDecimalComma ? ONE_POINT : TWO_POINTS, value));
    String text = column;
    if (values.stream().anyMatch(value -> matches(OTHER_MINUS, value))) {
      text = "translate(" + text + ", '(\u2212', '--')";
    }
    if (pointsGroup) {
      text = "replace(" + text + ", '.', '')";
    }
    if (hasDecimalComma) {
      text = "replace(" + text + ", ',', '.')";
    }
    if (values.stream().anyMatch(value -> !matches(BARE, value))) {
      return "regexp_replace(" + text + ", '[^0-9A-Za-z.+-]', '')";
    }
    return hasDecimalComma ? text : "replace(" + text + ", ',', '')";
  }
}
