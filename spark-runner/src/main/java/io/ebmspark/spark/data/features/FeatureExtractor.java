package io.ebmspark.spark.data.features;

import io.ebmspark.spark.data.InternalRows;
import io.ebmspark.spark.data.encoding.ColumnValue;
import io.ebmspark.spark.data.encoding.ValueReader;
import java.io.Serializable;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.apache.spark.ml.linalg.SparseVector;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.util.ArrayData;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.types.UserDefinedType;
import org.apache.spark.sql.vectorized.ColumnarBatch;
import org.jspecify.annotations.Nullable;

/**
 * Extracts a row's features as doubles ({@link ColumnValue}): from scalar columns, one per feature,
 * or from one array or vector column.
 */
public final class FeatureExtractor implements Serializable {
  private static final long serialVersionUID = 1;

  private final String[] columns;
  private final int[] places;
  private final DataType[] types;

  /** A reader for each column, or the one for an array's values; none for vectors. */
  private final ValueReader[] readers;

  private final boolean isArray;
  private final int width;

  /**
   * An extractor of features that are a row's first columns.
   *
   * @param rows the rows' schema
   */
  public FeatureExtractor(Features features, StructType rows) {
    this(features, rows, IntStream.range(0, features.columns().size()).toArray());
  }

  /**
   * An extractor.
   *
   * @param rows the rows' schema
   * @param places of the features' columns in the rows
   */
  FeatureExtractor(Features features, StructType rows, int[] places) {
    this.columns = features.columns().toArray(String[]::new);
    this.places = places;
    this.types = new DataType[places.length];
    for (int i = 0; i < places.length; i++) {
      types[i] = rows.fields()[places[i]].dataType();
    }
    this.isArray = features.isArray();
    this.readers = isArray ? ofArray(types[0]) : ofScalars(types);
    this.width = features.width();
  }

  private static ValueReader[] ofArray(DataType type) {
    return type instanceof ArrayType array
        ? new ValueReader[] {ValueReader.of(array.elementType())}
        : new ValueReader[0];
  }

  private static ValueReader[] ofScalars(DataType[] types) {
    return Arrays.stream(types).map(ValueReader::of).toArray(ValueReader[]::new);
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
  public double[] extract(InternalRow row) {
    double[] values = new double[width];
    extract(row, values);
    return values;
  }

  /**
   * Writes a row's features into {@code into}, NaN standing for nulls.
   *
   * @throws WrongLengthException if the row's array has another length than {@link #width}
   */
  public void extract(InternalRow row, double[] into) {
    if (into.length != width) {
      throw new IllegalArgumentException(into.length + " places for " + width + " features");
    }
    if (!isArray) {
      for (int i = 0; i < width; i++) {
        into[i] = readers[i].read(row, places[i]);
      }
    } else if (row.isNullAt(places[0])) {
      Arrays.fill(into, Double.NaN);
    } else if (readers.length > 0) {
      extract(row.getArray(places[0]), into);
    } else {
      extract(vector(row), into);
    }
  }

  /**
   * Writes the features of some rows of a batch, whose features are scalars, NaN standing for
   * nulls.
   *
   * @param first of the rows
   * @param into a row each
   */
  public void extract(ColumnarBatch batch, int first, double[][] into) {
    for (int i = 0; i < width; i++) {
      readers[i].read(batch, places[i], first, into, i);
    }
  }

  /** The value of feature {@code i} as text; null where there is none. */
  public @Nullable String text(InternalRow row, int i) {
    if (!isArray) {
      Object value = InternalRows.external(row, places[i], types[i]);
      return value == null ? null : value.toString();
    }
    double value = row.isNullAt(places[0]) ? Double.NaN : extract(row)[i];
    return Double.isNaN(value) ? null : Double.toString(value);
  }

  private Vector vector(InternalRow row) {
    UserDefinedType<?> type = (UserDefinedType<?>) types[0];
    return (Vector) type.deserialize(row.get(places[0], type));
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

  private void extract(ArrayData values, double[] into) {
    checkLength(values.numElements());
    for (int i = 0; i < into.length; i++) {
      into[i] = readers[0].read(values, i);
    }
  }

  private void checkLength(int length) {
    if (length != width) {
      throw new WrongLengthException(columns[0], length, width);
    }
  }
}
