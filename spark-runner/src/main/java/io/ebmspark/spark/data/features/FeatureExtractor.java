package io.ebmspark.spark.data.features;

import io.ebmspark.spark.data.encoding.ColumnValue;
import java.io.Serializable;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.ml.linalg.SparseVector;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.sql.Row;
import org.jspecify.annotations.Nullable;

/**
 * Extracts a row's features as doubles ({@link ColumnValue}): from consecutive scalar columns, one
 * per feature, or from one array or vector column.
 */
public final class FeatureExtractor implements Serializable {
  private static final long serialVersionUID = 1;

  private final String[] columns;
  private final int first;
  private final boolean isArray;
  private final int width;

  /**
   * An extractor.
   *
   * @param first place of the first feature's column in the rows
   */
  public FeatureExtractor(Features features, int first) {
    this.columns = features.columns().toArray(String[]::new);
    this.first = first;
    this.isArray = features.isArray();
    this.width = features.width();
  }

  /** The number of features. */
  public int width() {
    return width;
  }

  /** The name of feature {@code i}. */
  public String name(int i) {
    return isArray ? columns[0] + "[" + i + "]" : columns[i];
  }

  /**
   * A row's features, NaN standing for nulls.
   *
   * @throws WrongLengthException if the row's array has another length than {@link #width}
   */
  public double[] extract(Row row) {
    double[] values = new double[width];
    extract(row, values);
    return values;
  }

  /**
   * Writes a row's features into {@code into}, NaN standing for nulls.
   *
   * @throws WrongLengthException if the row's array has another length than {@link #width}
   */
  public void extract(Row row, double[] into) {
    if (into.length != width) {
      throw new IllegalArgumentException(into.length + " places for " + width + " features");
    }
    if (!isArray) {
      for (int i = 0; i < width; i++) {
        into[i] = ColumnValue.of(row.get(first + i));
      }
    } else if (row.isNullAt(first)) {
      Arrays.fill(into, Double.NaN);
    } else if (row.get(first) instanceof Vector vector) {
      extract(vector, into);
    } else {
      extract(row.<Object>getList(first), into);
    }
  }

  /** The value of feature {@code i} as text; null where there is none. */
  public @Nullable String text(Row row, int i) {
    if (!isArray) {
      return row.isNullAt(first + i) ? null : String.valueOf(row.get(first + i));
    }
    double value = row.isNullAt(first) ? Double.NaN : extract(row)[i];
    return Double.isNaN(value) ? null : Double.toString(value);
  }

  /** The length of the array or vector that is the row's only column. */
  static int arrayLength(Row row) {
    return row.get(0) instanceof Vector vector ? vector.size() : row.getList(0).size();
  }

  private void extract(Vector vector, double[] into) {
    checkLength(vector.size());
    if (vector instanceof SparseVector sparse) {
      Arrays.fill(into, 0);
      int[] indices = sparse.indices();
      double[] values = sparse.values();
      for (int i = 0; i < indices.length; i++) {
        into[indices[i]] = values[i];
      }
    } else {
      System.arraycopy(vector.toArray(), 0, into, 0, into.length);
    }
  }

  private void extract(List<?> values, double[] into) {
    checkLength(values.size());
    int i = 0;
    for (Object value : values) {
      into[i++] = ColumnValue.of(value);
    }
  }

  private void checkLength(int length) {
    if (length != width) {
      throw new WrongLengthException(columns[0], length, width);
    }
  }
}
