package io.ebmspark.spark.data.features;

import io.ebmspark.spark.data.InternalRows;
import java.util.Arrays;
import java.util.Iterator;
import java.util.NoSuchElementException;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.function.Function;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.vectorized.ColumnarBatch;
import org.jspecify.annotations.Nullable;

/**
 * The rows of a part of a table, one after the other, with the values of their features. Where a
 * file is read in batches of columns, they are read from those, a column at once for some rows.
 */
public abstract class RowValues {
  final FeatureExtractor extractor;

  private RowValues(FeatureExtractor extractor) {
    this.extractor = extractor;
  }

  /**
   * What is made of a table's rows, a part at a time.
   *
   * @param selected the columns that the extractor knows
   */
  public static <T> JavaRDD<T> map(
      Dataset<Row> selected, FeatureExtractor extractor, Function<RowValues, Iterator<T>> work) {
    return InternalRows.batches(selected)
        .map(it -> it.mapPartitions(part -> work.call(new OfBatches(extractor, part))))
        .orElseGet(
            () ->
                InternalRows.of(selected)
                    .mapPartitions(part -> work.call(new OfRows(extractor, part))));
  }

  /** Whether there is one more row. */
  public abstract boolean hasNext();

  /** Goes on to the next row. */
  public abstract void next();

  /**
   * This row's values, NaN standing for nulls; all are NaN if its array has the wrong length. Good
   * until the next row.
   */
  public abstract double[] values();

  /** The same, which are the caller's from now on. */
  public abstract double[] take();

  /** This row; good until the next. */
  public abstract InternalRow row();

  /** The length of this row's array, if it is not the features' width; otherwise −1. */
  public int wrongLength() {
    return -1;
  }

  private static final class OfRows extends RowValues {
    private final Iterator<InternalRow> rows;
    private @Nullable InternalRow row;
    private double @Nullable [] values;
    private int wrongLength = -1;

    OfRows(FeatureExtractor extractor, Iterator<InternalRow> rows) {
      super(extractor);
      this.rows = rows;
    }

    @Override
    public boolean hasNext() {
      return rows.hasNext();
    }

    @Override
    public void next() {
      InternalRow next = rows.next();
      double[] into = values == null ? new double[extractor.width()] : values;
      row = next;
      values = into;
      wrongLength = -1;
      try {
        extractor.extract(next, into);
      } catch (WrongLengthException e) {
        Arrays.fill(into, Double.NaN);
        wrongLength = e.length();
      }
    }

    @Override
    public double[] values() {
      return present(values);
    }

    @Override
    public double[] take() {
      double[] taken = present(values);
      values = null;
      return taken;
    }

    @Override
    public InternalRow row() {
      return present(row);
    }

    @Override
    public int wrongLength() {
      return wrongLength;
    }
  }

  private static final class OfBatches extends RowValues {
    /** Their values stay in the cache while they are read column by column. */
    private static final int ROWS_AT_ONCE = 64;

    /** What stands for values that were taken. */
    private static final double[] TAKEN = {};

    private final Iterator<ColumnarBatch> batches;
    private @Nullable ColumnarBatch batch;
    private int row = -1;

    /** The values of the rows from {@code first} on. */
    private double[][] values = new double[0][];

    private int first;

    OfBatches(FeatureExtractor extractor, Iterator<ColumnarBatch> batches) {
      super(extractor);
      this.batches = batches;
    }

    @Override
    public boolean hasNext() {
      while ((batch == null || row + 1 == batch.numRows()) && batches.hasNext()) {
        batch = batches.next();
        row = -1;
        first = 0;
        values = new double[0][];
      }
      return batch != null && row + 1 < batch.numRows();
    }

    @Override
    public void next() {
      if (!hasNext()) {
        throw new NoSuchElementException();
      }
      row++;
      if (row == first + values.length) {
        read(present(batch));
      }
    }

    private void read(ColumnarBatch from) {
      first = row;
      int rows = Math.min(ROWS_AT_ONCE, from.numRows() - row);
      double[][] into = new double[rows][];
      for (int i = 0; i < rows; i++) {
        double[] before = i < values.length ? values[i] : TAKEN;
        into[i] = before.length == extractor.width() ? before : new double[extractor.width()];
      }
      extractor.extract(from, first, into);
      values = into;
    }

    @Override
    public double[] values() {
      return values[row - first];
    }

    @Override
    public double[] take() {
      double[] taken = values();
      values[row - first] = TAKEN;
      return taken;
    }

    @Override
    public InternalRow row() {
      return present(batch).getRow(row);
    }
  }

  private static <T> T present(@Nullable T value) {
    if (value == null) {
      throw new NoSuchElementException();
    }
    return value;
  }
}
