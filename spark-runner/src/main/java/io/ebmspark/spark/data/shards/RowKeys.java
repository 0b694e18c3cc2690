package io.ebmspark.spark.data.shards;

import io.ebmspark.spark.data.features.RowValues;
import java.io.Serializable;
import java.util.Iterator;
import org.apache.spark.sql.catalyst.InternalRow;

/**
 * Makes the keys of a table's rows.
 *
 * @param weight the column of weights; −1 if rows have none
 * @param side the column that tells which rows are held out; −1 if none does
 */
record RowKeys(int weight, int side) implements Serializable {
  /** The keys of rows. */
  Iterator<RowKey> of(RowValues rows) {
    return new Iterator<>() {
      @Override
      public boolean hasNext() {
        return rows.hasNext();
      }

      @Override
      public RowKey next() {
        rows.next();
        return key(rows);
      }
    };
  }

  /** A weight that is null is no number. */
  private RowKey key(RowValues rows) {
    if (rows.wrongLength() >= 0) {
      return RowKey.ofWrongLength(rows.wrongLength());
    }
    InternalRow row = rows.row();
    double found = weight < 0 ? 1 : row.isNullAt(weight) ? Double.NaN : row.getDouble(weight);
    return RowKey.of(rows.take(), found, sideOf(row));
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
}
