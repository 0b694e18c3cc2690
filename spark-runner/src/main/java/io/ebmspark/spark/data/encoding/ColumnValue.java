package io.ebmspark.spark.data.encoding;

import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import org.apache.spark.unsafe.types.UTF8String;
import org.jspecify.annotations.Nullable;

/**
 * The one number that stands for a value of a table, whatever the value is: what rows are shuffled,
 * hashed, counted and compared by.
 *
 * <p>It depends on the value alone, not on what a model makes of it: so that a row held out of one
 * model's training is held out of another's, whichever levels each has learnt.
 */
public final class ColumnValue {
  private static final LocalDateTime EPOCH = LocalDateTime.of(1970, 1, 1, 0, 0);
  private static final double NANOS_A_DAY = 86_400e9;
  private static final long MICROS_A_DAY = 86_400_000_000L;
  private static final double SECONDS_A_DAY = 86_400;
  private static final long GOLDEN_GAMMA = 0x9E3779B97F4A7C15L;

  /** No text's code is as large. */
  public static final double TEXT_CODES = 0x1p53;

  private ColumnValue() {}

  /** The number of a text; NaN for a blank one, which tells nothing. */
  public static double of(String text) {
    return text.isBlank() ? Double.NaN : ofText(text);
  }

  /**
   * The number of a value as Java has it; NaN for one that is missing.
   *
   * @param value a number, true or false, a text, a time without a zone, or null
   */
  public static double of(@Nullable Object value) {
    if (value == null) {
      return Double.NaN;
    } else if (value instanceof String text) {
      return of(text);
    } else if (value instanceof Boolean is) {
      return is ? 1 : 0;
    } else if (value instanceof LocalDateTime time) {
      return ofMicros(ChronoUnit.MICROS.between(EPOCH, time));
    }
    return ((Number) value).doubleValue();
  }

  /** The same of a text in Spark's format. */
  static double of(UTF8String text) {
    // What is not ASCII is rare, and is left to the JDK to decode.
    long h = text.numBytes();
    boolean blank = true;
    for (int i = 0; i < text.numBytes(); i++) {
      byte character = text.getByte(i);
      if (character < 0) {
        return of(text.toString());
      }
      blank &= Character.isWhitespace(character);
      h = mix((h ^ character) + GOLDEN_GAMMA);
    }
    return blank ? Double.NaN : (double) (h >>> 11);
  }

  /** Days since 1970 of a time, with the time of day as their fraction. */
  static double ofMicros(long micros) {
    double nanosOfDay = Math.floorMod(micros, MICROS_A_DAY) * 1000;
    return Math.floorDiv(micros, MICROS_A_DAY) + nanosOfDay / NANOS_A_DAY;
  }

  /**
   * The code of a text: 53 bits of a hash of its characters, which a double holds exactly. Two of a
   * million texts have one code with probability 5·10⁻⁵. It is part of which rows are held out, and
   * must never change.
   */
  static double ofText(String text) {
    long h = text.length();
    for (int i = 0; i < text.length(); i++) {
      h = mix((h ^ text.charAt(i)) + GOLDEN_GAMMA);
    }
    return (double) (h >>> 11);
  }

  /** A date, or a date and a time to the second, from its days. */
  public static String timeText(double days) {
    LocalDateTime time =
        LocalDateTime.ofEpochSecond(Math.round(days * SECONDS_A_DAY), 0, ZoneOffset.UTC);
    return time.toLocalTime().toSecondOfDay() == 0
        ? time.toLocalDate().toString()
        : time.toString();
  }

  /** A number in [0, 1) for a column of a row. */
  static double share(long row, int column) {
    return (mix(mix(row + GOLDEN_GAMMA) + column) >>> 11) * 0x1p-53;
  }

  private static long mix(long z) {
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }
}
