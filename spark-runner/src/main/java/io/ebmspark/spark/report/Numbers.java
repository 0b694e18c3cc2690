package io.ebmspark.spark.report;

import io.ebmspark.spark.record.Measured;
import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;

/**
 * Numbers formatted for a page: few digits, grouped, with a true minus sign, and never hiding a
 * NaN.
 */
final class Numbers {
  private static final int DIGITS = 4;
  private static final double SMALLEST_PLAIN = 1e-4;
  private static final double LARGEST_PLAIN = 1e7;

  /** Keeps groups of thousands on one line. */
  private static final char GROUP = '\u202f';

  private static final String SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹";

  private Numbers() {}

  /** Four significant digits; whole digits are never rounded away. */
  static String of(double value) {
    if (!Double.isFinite(value)) {
      return special(value);
    }
    double size = Math.abs(value);
    if (size != 0 && (size < SMALLEST_PLAIN || size >= LARGEST_PLAIN)) {
      return scientific(value);
    }
    int whole = size < 1 ? 0 : (int) Math.floor(Math.log10(size)) + 1;
    BigDecimal rounded =
        BigDecimal.valueOf(value)
            .round(new MathContext(Math.max(DIGITS, whole), RoundingMode.HALF_EVEN));
    return plain(rounded.signum() == 0 ? BigDecimal.ZERO : rounded.stripTrailingZeros());
  }

  /** A number with a fixed number of decimals, for aligned columns. */
  static String fixed(double value, int decimals) {
    if (!Double.isFinite(value)) {
      return special(value);
    } else if (Math.abs(value) >= LARGEST_PLAIN) {
      return scientific(value);
    }
    return plain(BigDecimal.valueOf(value).setScale(decimals, RoundingMode.HALF_EVEN));
  }

  static String whole(long value) {
    return plain(BigDecimal.valueOf(value));
  }

  /** A share as a percentage. */
  static String percent(double share) {
    if (!Double.isFinite(share)) {
      return special(share);
    }
    double percent = share * 100;
    int decimals = Math.abs(percent) >= 10 || percent == 0 ? 1 : Math.abs(percent) >= .1 ? 2 : 3;
    return fixed(percent, decimals) + "\u00a0%";
  }

  /** A share of a count; a dash if the count is zero. */
  static String percent(long part, long whole) {
    return whole == 0 ? "–" : percent((double) part / whole);
  }

  /** A number with its standard error, both to the error's second digit. */
  static String of(Measured measured) {
    double error = measured.standardError().orElse(Double.NaN);
    if (!Double.isFinite(error) || error <= 0 || !Double.isFinite(measured.value())) {
      return of(measured.value());
    }
    int decimals = decimals(error);
    return decimals > 8 || Math.abs(measured.value()) >= LARGEST_PLAIN
        ? of(measured.value()) + " ± " + of(error)
        : fixed(measured.value(), decimals) + " ± " + fixed(error, decimals);
  }

  /** Decimals that show two digits of a standard error. */
  static int decimals(double error) {
    return Math.max(0, 1 - (int) Math.floor(Math.log10(error)));
  }

  /** A difference, with its sign. */
  static String signed(double difference) {
    return (difference > 0 ? "+" : "") + of(difference);
  }

  static String duration(double seconds) {
    if (!Double.isFinite(seconds) || seconds < 0) {
      return special(seconds);
    } else if (seconds < 60) {
      return fixed(seconds, seconds < 10 ? 1 : 0) + "\u00a0s";
    }
    long whole = Math.round(seconds);
    return whole < 3600
        ? whole / 60 + "\u00a0min " + whole % 60 + "\u00a0s"
        : whole / 3600 + "\u00a0h " + whole % 3600 / 60 + "\u00a0min";
  }

  /** A power of ten as the label of a tick. */
  static String power(int exponent) {
    return exponent >= -3 && exponent <= 4
        ? of(Math.pow(10, exponent))
        : "10" + superscript(exponent);
  }

  private static String scientific(double value) {
    BigDecimal rounded = BigDecimal.valueOf(value).round(new MathContext(3));
    int exponent = rounded.precision() - rounded.scale() - 1;
    BigDecimal mantissa = rounded.movePointLeft(exponent).stripTrailingZeros();
    return plain(mantissa) + "×10" + superscript(exponent);
  }

  private static String superscript(int exponent) {
    StringBuilder text = new StringBuilder(exponent < 0 ? "⁻" : "");
    for (char digit : Integer.toString(Math.abs(exponent)).toCharArray()) {
      text.append(SUPERSCRIPTS.charAt(digit - '0'));
    }
    return text.toString();
  }

  private static String plain(BigDecimal value) {
    String digits = value.abs().toPlainString();
    int point = digits.indexOf('.');
    int end = point < 0 ? digits.length() : point;
    StringBuilder text = new StringBuilder(value.signum() < 0 ? "−" : "");
    for (int i = 0; i < digits.length(); i++) {
      if (i > 0 && i < end && (end - i) % 3 == 0) {
        text.append(GROUP);
      }
      text.append(digits.charAt(i));
    }
    return text.toString();
  }

  private static String special(double value) {
    return Double.isNaN(value) ? "not a number" : value > 0 ? "+∞" : value < 0 ? "−∞" : of(value);
  }
}
