package io.ebmspark.spark.data.encoding;

import io.ebmspark.core.data.FeatureScaling;
import java.io.Serializable;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Brings rows to a model's inputs, and drawn inputs back to rows: the one way there is, in
 * training, scoring, sampling, evaluation and checks. Safe to share between threads.
 */
public final class RowEncoder implements Serializable {
  private static final long serialVersionUID = 1;

  /** Numbers whose inputs are no farther apart are one to a reader. */
  private static final double SAME_INPUT = 1e-5;

  private final double[] offset;
  private final double[] scale;
  private final double[] means;

  /** The first input of each column; then the number of inputs. */
  private final int[] first;

  /** The coder of each column; null for a plain number. */
  private final @Nullable Coder[] coders;

  private final boolean[] takesMissing;
  private final boolean[] isTime;
  private final boolean allPlain;

  /**
   * An encoder.
   *
   * @param columns the names of a row's values
   * @param encodings of those that are no plain numbers, by name
   * @param scaling of each input
   * @param means of each input, unscaled: what stands in for one that is missing
   */
  public RowEncoder(
      List<String> columns,
      Map<String, Encoding> encodings,
      FeatureScaling scaling,
      double[] means) {
    this.offset = scaling.offset();
    this.scale = scaling.scale();
    this.means = means;
    this.first = places(columns, encodings);
    this.coders = new Coder[columns.size()];
    this.takesMissing = new boolean[columns.size()];
    this.isTime = new boolean[columns.size()];
    boolean plain = true;
    for (int i = 0; i < coders.length; i++) {
      Encoding encoding = encodings.get(columns.get(i));
      if (encoding != null) {
        plain = false;
        coders[i] = encoding.coder();
        takesMissing[i] = encoding.takesMissing();
        isTime[i] = encoding.kind() == ColumnKind.TIME;
      }
    }
    this.allPlain = plain;
    if (first[coders.length] != offset.length || offset.length != means.length) {
      throw new IllegalArgumentException(
          first[coders.length]
              + " inputs, "
              + offset.length
              + " scales and "
              + means.length
              + " means");
    }
  }

  /** The place of each column's first input, and the number of all inputs. */
  public static int[] places(List<String> columns, Map<String, Encoding> encodings) {
    int[] first = new int[columns.size() + 1];
    for (int i = 0; i < columns.size(); i++) {
      Encoding encoding = encodings.get(columns.get(i));
      first[i + 1] = first[i] + (encoding == null ? 1 : encoding.inputs());
    }
    return first;
  }

  /** The number of a row's values. */
  public int columns() {
    return coders.length;
  }

  /** The number of inputs. */
  public int inputs() {
    return offset.length;
  }

  /** Whether a value of this column may be missing without anything standing in for it. */
  public boolean takesMissing(int column) {
    return takesMissing[column];
  }

  /** Whether a column has a value, and it is none of those that are told apart. */
  public boolean isOther(int column, double value) {
    Coder coder = coders[column];
    return coder != null && coder.isOther(value);
  }

  /** All columns in their order. */
  public int[] inOrder() {
    return IntStream.range(0, coders.length).toArray();
  }

  /**
   * Writes a row's inputs from place {@code at} on; one that overflows as it is.
   *
   * @param row values, of which column i is at {@code places[i]}
   * @return whether all are finite
   */
  public boolean encode(double[] row, int[] places, float[] into, int at) {
    boolean finite = true;
    if (allPlain) {
      for (int i = 0; i < places.length; i++) {
        float z = scaled(i, row[places[i]]);
        finite &= Float.isFinite(z);
        into[at + i] = z;
      }
      return finite;
    }
    double[] raw = new double[inputs()];
    for (int i = 0; i < coders.length; i++) {
      Coder coder = coders[i];
      if (coder == null) {
        raw[first[i]] = row[places[i]];
      } else {
        coder.encode(row[places[i]], raw, first[i]);
      }
    }
    for (int i = 0; i < raw.length; i++) {
      float z = scaled(i, raw[i]);
      finite &= Float.isFinite(z);
      into[at + i] = z;
    }
    return finite;
  }

  private float scaled(int i, double x) {
    return (float) (((Double.isFinite(x) ? x : means[i]) - offset[i]) / scale[i]);
  }

  /** Makes inputs that are not finite 0, for a row whose energy is known to be infinite. */
  public void zeroNonFinite(float[] inputs, int at) {
    for (int i = at; i < at + offset.length; i++) {
      inputs[i] = Float.isFinite(inputs[i]) ? inputs[i] : 0;
    }
  }

  /**
   * The values that inputs are nearest to, one a column: a Double (days, of a time), a text, or
   * null.
   *
   * @param inputs from place {@code at} on
   * @param row its number, by which choices among values with the same inputs are made
   */
  public @Nullable Object[] decode(float[] inputs, int at, long row) {
    double[] raw = new double[inputs()];
    for (int i = 0; i < raw.length; i++) {
      raw[i] = inputs[at + i] * scale[i] + offset[i];
    }
    @Nullable Object[] values = new Object[coders.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = decode(i, raw, row);
    }
    return values;
  }

  private @Nullable Object decode(int column, double[] raw, long row) {
    Coder coder = coders[column];
    return coder == null
        ? (Object) raw[first[column]]
        : coder.decode(raw, first[column], ColumnValue.share(row, column));
  }

  /** The value of one column that inputs are nearest to, as {@link #decode} has it. */
  public @Nullable Object value(int column, float[] inputs, int at) {
    double[] raw = new double[inputs()];
    for (int i = first[column]; i < first[column + 1]; i++) {
      raw[i] = inputs[at + i] * scale[i] + offset[i];
    }
    return decode(column, raw, 0);
  }

  /**
   * The same as a person reads it: with no more digits than inputs have, unless it would be another
   * value without them.
   */
  public String text(int column, float[] inputs, int at) {
    Object value = value(column, inputs, at);
    if (!(value instanceof Double number)) {
      return String.valueOf(value);
    }
    if (isTime[column]) {
      return ColumnValue.timeText(number);
    }
    float near = number.floatValue();
    boolean isOther =
        coders[column] instanceof LevelsCoder
            ? near != number
            : Math.abs(input(column, near) - inputs[at + first[column]]) > SAME_INPUT;
    return isOther ? number.toString() : Float.toString(near);
  }

  /** The first input of a number. */
  private float input(int column, double number) {
    Coder coder = coders[column];
    double[] raw = new double[inputs()];
    raw[first[column]] = number;
    if (coder != null) {
      coder.encode(number, raw, first[column]);
    }
    return scaled(first[column], raw[first[column]]);
  }
}
