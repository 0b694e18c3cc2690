package io.ebmspark.spark.data;

import io.ebmspark.core.settings.Check;
import io.ebmspark.core.settings.Setting;
import java.util.Optional;
import org.apache.spark.sql.catalyst.util.DateTimeUtils;
import org.apache.spark.unsafe.types.UTF8String;
import scala.Option;

/** Which rows are held out of training, so that claims about new rows can be checked on them. */
public record HoldOutSettings(
    @Setting(value = "share of the rows, chosen by what they hold; 0 for none", defaultsTo = "0.1")
        double fraction,
    @Setting(value = "the most rows held out", defaultsTo = "100000") int most,
    @Setting(
            "column of dates, times or numbers by which rows are held out, rather than by what they"
                + " hold: those at or above from; all before it are trained on")
        Optional<String> column,
    @Setting("value of column from which on rows are held out, such as '2024-01-01'")
        Optional<String> from) {
  /** Their energies are ordered on the driver, and stored with the model. */
  private static final int MOST = 10_000_000;

  /** Every row is trained on. */
  public static final HoldOutSettings NONE = new HoldOutSettings(0, 1);

  public HoldOutSettings {
    Check.between("fraction", fraction, 0, 0.5);
    Check.between("most", most, 1, MOST);
    Check.that(
        column.isPresent() || from.isEmpty(), "column", "is missing: from is a value of a column");
    Check.that(
        from.isPresent() || column.isEmpty(),
        "from",
        "is missing: rows are held out from there on");
  }

  /** Settings that hold rows out by their content. */
  public HoldOutSettings(double fraction, int most) {
    this(fraction, most, Optional.empty(), Optional.empty());
  }

  /** Whether any rows are held out. */
  public boolean isOn() {
    return fraction > 0 || byColumn();
  }

  /** Whether rows are held out by a column. */
  public boolean byColumn() {
    return column.isPresent();
  }

  /** Which rows are held out by a column, in words. */
  public String describe() {
    return "from " + from.orElse("") + " on in " + column.orElse("");
  }

  /** Whether everything these settings hold out by a column, others do not train on either. */
  public boolean coveredBy(HoldOutSettings others) {
    return byColumn() && column.equals(others.column) && isAtMost(others.from, from);
  }

  private static boolean isAtMost(Optional<String> a, Optional<String> b) {
    String low = a.orElse("");
    String high = b.orElse("");
    try {
      return Double.parseDouble(low) <= Double.parseDouble(high);
    } catch (NumberFormatException e) {
      return micros(low) <= micros(high);
    }
  }

  /** A date or a time as Spark reads it, in whatever zone both are. */
  private static long micros(String time) {
    Option<Object> read =
        DateTimeUtils.stringToTimestampWithoutTimeZone(UTF8String.fromString(time), true);
    return read.isDefined() ? (Long) read.get() : Long.MAX_VALUE;
  }
}
