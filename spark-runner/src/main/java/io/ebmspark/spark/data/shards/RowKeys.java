package io.ebmspark.spark.data.shards;

import io.ebmspark.spark.data.features.FeatureExtractor;
import io.ebmspark.spark.data.features.WrongLengthException;
import java.io.Serializable;
import java.util.Iterator;
import java.util.NoSuchElementException;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.vectorized.ColumnarBatch;
import org.jspecify.annotations.Nullable;

/**
 * Makes the keys of a table's rows: of rows, or of batches of columns, in which a column is read at
 * once for some rows.
 *
 * @param weight the column of weights; −1 if rows have none
 * @param side the column that tells which rows are held out; −1 if none does
 */
record RowKeys(FeatureExtractor extractor, int weight, int side) implements Serializable {
  /** Their values stay in the cache while they are read column by column. */
  private static final int ROWS_AT_ONCE = 64;

  /** The key of a row. */
  RowKey of(InternalRow row) {
    try {
      return key(extractor.extract(row), row);
    } catch (WrongLengthException e) {
      return RowKey.ofWrongLength(e.length());
    }
  }

  /** Keys of the rows of batches, none of whose columns is an array. */
  Iterator<RowKey> ofBatches(Iterator<ColumnarBatch> batches) {
    return new OfBatches(batches);
  }

  /** A weight that is null is no number. */
  private RowKey key(double[] values, InternalRow row) {
    double found = weight < 0 ? 1 : row.isNullAt(weight) ? Double.NaN : row.getDouble(weight);
    return RowKey.of(values, found, sideOf(row));
  }

  private RowKey.Side sideOf(InternalRow row) {
    if (side < 0) {
      return RowKey.Side.BEFORE;
    }
    if (row.isNullAt(side)) {
      return RowKey.Side.UNKNOWN;
    }
    return row.getBoolean(side) ? RowKey.Side.FROM_ON : RowKey.Side.BEFORE;
  }

  private final class OfBatches implements Iterator<RowKey> {
    private final Iterator<ColumnarBatch> batches;
    private @Nullable ColumnarBatch batch;
    private int row;

    /** Of some rows from {@code first} on; each array goes to its key. */
    private double[][] values = new double[0][];

    private int first;

    OfBatches(Iterator<ColumnarBatch> batches) {
      this.batches = batches;
    }

    @Override
    public boolean hasNext() {
      while ((batch == null || row == batch.numRows()) && batches.hasNext()) {
        batch = batches.next();
        row = 0;
        first = 0;
        values = new double[0][];
      }
      return batch != null && row < batch.numRows();
    }

    @Override
    public RowKey next() {
      ColumnarBatch now = hasNext() ? batch : null;
      if (now == null) {
        throw new NoSuchElementException();
      }
      if (row == first + values.length) {
        first = row;
        values = new double[Math.min(ROWS_AT_ONCE, now.numRows() - row)][extractor.width()];
        extractor.extract(now, first, values);
      }
      RowKey key = key(values[row - first], now.getRow(row));
      row++;
      return key;
    }
  }
}
