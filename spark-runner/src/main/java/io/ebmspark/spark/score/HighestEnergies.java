package io.ebmspark.spark.score;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.apache.spark.sql.Encoder;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.expressions.Aggregator;
import org.jspecify.annotations.Nullable;

/**
 * The rows of highest energy, found in one pass: a Spark aggregate over the energy, the p-value and
 * the columns to show. Rows of equal energy are ordered by the values shown, so that the result
 * does not depend on where rows are stored.
 */
public final class HighestEnergies extends Aggregator<Row, HighestEnergies.Found, String> {
  private static final long serialVersionUID = 1;
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int LONGEST_VALUE = 60;

  /** Highest energy first; equal energies by the values shown. */
  private static final Comparator<HighRow> ORDER =
      Comparator.comparingDouble(HighRow::energy)
          .reversed()
          .thenComparing(row -> row.values().toString());

  private final int most;
  private final boolean explained;

  /**
   * A row.
   *
   * @param energy which may be +∞
   * @param pValue null if no rows were held out from training
   * @param values of the columns shown, as text; long ones are truncated
   * @param reasons what columns add to the energy, the largest first; none if it was not explained
   */
  public record HighRow(
      double energy, @Nullable Double pValue, List<String> values, List<Reason> reasons)
      implements Serializable {
    private static final long serialVersionUID = 1;
  }

  /** What a column adds to the energy, and its value as text. */
  public record Reason(String column, double contribution, String value) implements Serializable {
    private static final long serialVersionUID = 1;
  }

  /** The highest rows so far. */
  public static final class Found implements Serializable {
    private static final long serialVersionUID = 1;

    private final ArrayList<HighRow> rows = new ArrayList<>();

    private void add(HighRow row, int most) {
      rows.add(row);
      rows.sort(ORDER);
      if (rows.size() > most) {
        rows.remove(most);
      }
    }
  }

  /**
   * An aggregate.
   *
   * @param most how many rows to find
   * @param explained whether reasons come after energy and p-value
   */
  public HighestEnergies(int most, boolean explained) {
    this.most = most;
    this.explained = explained;
  }

  /** Parses the result of such an aggregate. */
  public static List<HighRow> read(String found) {
    try {
      return Arrays.asList(JSON.readValue(found, HighRow[].class));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public Found zero() {
    return new Found();
  }

  @Override
  public Found reduce(Found found, Row row) {
    if (row.isNullAt(0)) {
      return found;
    }
    double energy = row.getDouble(0);
    int size = found.rows.size();
    if (size < most || energy >= found.rows.get(size - 1).energy()) {
      List<String> values = new ArrayList<>();
      for (int i = explained ? 3 : 2; i < row.length(); i++) {
        values.add(text(row.get(i)));
      }
      List<Reason> reasons = new ArrayList<>();
      if (explained && !row.isNullAt(2)) {
        for (Row reason : row.<Row>getList(2)) {
          reasons.add(new Reason(reason.getString(0), reason.getDouble(1), text(reason.get(2))));
        }
      }
      Double pValue = row.isNullAt(1) ? null : row.getDouble(1);
      found.add(new HighRow(energy, pValue, values, reasons), most);
    }
    return found;
  }

  private static String text(@Nullable Object value) {
    String text = String.valueOf(value);
    return text.length() <= LONGEST_VALUE ? text : text.substring(0, LONGEST_VALUE - 1) + "…";
  }

  @Override
  public Found merge(Found one, Found other) {
    other.rows.forEach(row -> one.add(row, most));
    return one;
  }

  @Override
  public String finish(Found found) {
    try {
      return JSON.writeValueAsString(found.rows);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public Encoder<Found> bufferEncoder() {
    return Encoders.javaSerialization(Found.class);
  }

  @Override
  public Encoder<String> outputEncoder() {
    return Encoders.STRING();
  }
}
