package io.ebmspark.spark.data.encoding;

import io.ebmspark.core.settings.Setting;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A date or a time: the days elapsed; where in the year, in the week and, of a time, in the day it
 * is, each as a point on a circle; and, if it may be missing, 1 where it is and 0 where it is not.
 */
public record Calendar(
    @Setting("whether it has a time of day") boolean hours,
    @Setting("whether another input tells if it is missing") boolean indicator)
    implements Encoding {
  /** The years 1 to 9999, which every format can write. */
  private static final double FIRST_DAY = LocalDate.of(1, 1, 1).toEpochDay();

  private static final double LAST_DAY = LocalDate.of(9999, 12, 31).toEpochDay();

  @Override
  public ColumnKind kind() {
    return ColumnKind.TIME;
  }

  @Override
  public List<String> inputNames(String column) {
    List<String> names =
        new ArrayList<>(
            List.of(
                column,
                column + " year sin",
                column + " year cos",
                column + " week sin",
                column + " week cos"));
    if (hours) {
      names.addAll(List.of(column + " day sin", column + " day cos"));
    }
    if (indicator) {
      names.add(column + " missing");
    }
    return names;
  }

  @Override
  public boolean takesMissing() {
    return indicator;
  }

  @Override
  public boolean isAmount() {
    return true;
  }

  @Override
  public Coder coder() {
    return new TimeCoder(hours, indicator);
  }

  private static final class TimeCoder implements Coder {
    private static final long serialVersionUID = 1;

    private final boolean hours;
    private final boolean indicator;

    TimeCoder(boolean hours, boolean indicator) {
      this.hours = hours;
      this.indicator = indicator;
    }

    @Override
    public void encode(double value, double[] into, int at) {
      boolean present = Double.isFinite(value);
      int next = at;
      into[next++] = present ? value : Double.NaN;
      if (present) {
        double whole = Math.floor(Math.min(Math.max(value, FIRST_DAY), LAST_DAY));
        LocalDate day = LocalDate.ofEpochDay((long) whole);
        next = circle((day.getDayOfYear() - 1.0) / day.lengthOfYear(), into, next);
        next = circle((day.getDayOfWeek().getValue() - 1.0) / 7, into, next);
        next = hours ? circle(value - Math.floor(value), into, next) : next;
      } else {
        // The middle of each circle is as far from every time.
        for (int i = 0; i < (hours ? 6 : 4); i++) {
          into[next++] = 0;
        }
      }
      if (indicator) {
        into[next] = present ? 0 : 1;
      }
    }

    private static int circle(double share, double[] into, int at) {
      double angle = 2 * Math.PI * share;
      into[at] = StrictMath.sin(angle);
      into[at + 1] = StrictMath.cos(angle);
      return at + 2;
    }

    @Override
    public @Nullable Object decode(double[] inputs, int at, double choice) {
      if (indicator && Coder.saysMissing(inputs[at + (hours ? 7 : 5)])) {
        return null;
      }
      double days = Math.min(Math.max(inputs[at], FIRST_DAY), LAST_DAY);
      return hours ? days : Math.rint(days);
    }
  }
}
