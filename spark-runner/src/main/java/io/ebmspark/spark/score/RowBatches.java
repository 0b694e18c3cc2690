package io.ebmspark.spark.score;

import io.ebmspark.core.model.RowEnergies;
import io.ebmspark.spark.ProcessCache;
import io.ebmspark.spark.model.SentEnergy;
import java.util.Iterator;
import java.util.NoSuchElementException;
import org.apache.spark.TaskContext;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.JoinedRow;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.util.TaskCompletionListener;

/**
 * The rows of a partition, as they are, each followed by what is computed of it, a batch ahead. A
 * row is good until the next one.
 */
abstract class RowBatches implements Iterator<InternalRow> {
  private final Iterator<InternalRow> rows;
  private final RowBuffer batch;
  private final JoinedRow joined = new JoinedRow();
  private int next;

  /**
   * Batches of the rows.
   *
   * @param most rows in a batch
   */
  RowBatches(Iterator<InternalRow> rows, StructType schema, int most) {
    this.rows = rows;
    this.batch = new RowBuffer(schema, most);
  }

  /** Takes row {@code i} of the batch, which is not kept. */
  abstract void put(InternalRow row, int i);

  /** Computes what is to be known of the rows put since the last time. */
  abstract void compute(int size);

  /** What comes after row {@code i} of the batch. */
  abstract InternalRow added(InternalRow row, int i);

  @Override
  public final boolean hasNext() {
    if (next == batch.size() && rows.hasNext()) {
      fill();
    }
    return next < batch.size();
  }

  @Override
  public final InternalRow next() {
    if (!hasNext()) {
      throw new NoSuchElementException();
    }
    InternalRow row = batch.get(next);
    InternalRow added = added(row, next);
    next++;
    return joined.apply(row, added);
  }

  private void fill() {
    next = 0;
    batch.clear();
    while (!batch.isFull() && rows.hasNext()) {
      InternalRow row = rows.next();
      put(row, batch.size());
      batch.add(row);
    }
    compute(batch.size());
  }

  /** This process's opened energy, given back at the end of the task. */
  static RowEnergies open(SentEnergy energy) {
    ProcessCache.Lease<RowEnergies> lease = energy.open();
    TaskCompletionListener giveBack = done -> lease.close();
    TaskContext.get().addTaskCompletionListener(giveBack);
    return lease.value();
  }
}
