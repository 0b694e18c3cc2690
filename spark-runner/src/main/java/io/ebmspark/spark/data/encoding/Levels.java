package io.ebmspark.spark.data.encoding;

import java.io.Serializable;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/** The places of known values, by the numbers that stand for them. */
public final class Levels implements Serializable {
  private static final long serialVersionUID = 1;

  /** The numbers that stand for the levels, ascending. */
  private final double[] codes;

  /** For each code, the place of its level in the list. */
  private final int[] places;

  private Levels(double[] codes, int[] places) {
    this.codes = codes;
    this.places = places;
  }

  /**
   * Levels by their names.
   *
   * @param kind text, or numbers written out
   */
  public static Levels of(List<String> names, ColumnKind kind) {
    double[] of = names.stream().mapToDouble(name -> code(name, kind)).toArray();
    int[] places =
        IntStream.range(0, of.length)
            .boxed()
            .sorted(Comparator.comparingDouble(i -> of[i]))
            .mapToInt(Integer::intValue)
            .toArray();
    return new Levels(Arrays.stream(places).mapToDouble(i -> of[i]).toArray(), places);
  }

  /** The number that stands for a level. */
  static double code(String name, ColumnKind kind) {
    return kind == ColumnKind.TEXT ? ColumnValue.ofText(name) : Double.parseDouble(name) + 0.0;
  }

  /** A number as a level's name. */
  public static String name(double number) {
    return number == Math.rint(number) && Math.abs(number) < 1e15
        ? Long.toString((long) number)
        : Double.toString(number);
  }

  /** How many there are. */
  public int size() {
    return codes.length;
  }

  /**
   * The place of a value; {@link #size} for one that is no level, and one more if it is missing.
   */
  public int place(double value) {
    if (!Double.isFinite(value)) {
      return codes.length + 1;
    }
    int at = Arrays.binarySearch(codes, value + 0.0);
    return at >= 0 ? places[at] : codes.length;
  }
}
