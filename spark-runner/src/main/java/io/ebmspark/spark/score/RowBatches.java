package io.ebmspark.spark.score;

import io.ebmspark.core.model.RowEnergies;
import io.ebmspark.spark.ProcessCache;
import io.ebmspark.spark.model.SentEnergy;
import java.util.Iterator;
import java.util.NoSuchElementException;
import org.apache.spark.TaskContext;
import org.apache.spark.sql.Row;
import org.apache.spark.util.TaskCompletionListener;

/** The rows of a partition, each with what is computed of it, a batch ahead. */
abstract class RowBatches implements Iterator<Row> {
  private final Iterator<Row> rows;
  private final Row[] batch;
  private int size;
  private int next;

  /**
   * Batches of the rows.
   *
   * @param most rows in a batch
   */
  RowBatches(Iterator<Row> rows, int most) {
    this.rows = rows;
    this.batch = new Row[most];
  }

  /** Takes row {@code i} of the batch. */
  abstract void put(Row row, int i);

  /** Computes what is to be known of the rows put since the last time. */
  abstract void compute(int size);

  /** Row {@code i} of the batch with what was computed. */
  abstract Row finished(Row row, int i);

  @Override
  public final boolean hasNext() {
    if (next == size && rows.hasNext()) {
      fill();
    }
    return next < size;
  }

  @Override
  public final Row next() {
    if (!hasNext()) {
      throw new NoSuchElementException();
    }
    Row finished = finished(batch[next], next);
    next++;
    return finished;
  }

  private void fill() {
    next = 0;
    size = 0;
    while (size < batch.length && rows.hasNext()) {
      Row row = rows.next();
      put(row, size);
      batch[size++] = row;
    }
    compute(size);
  }

  /** This process's opened energy, given back at the end of the task. */
  static RowEnergies open(SentEnergy energy) {
    ProcessCache.Lease<RowEnergies> lease = energy.open();
    TaskCompletionListener giveBack = done -> lease.close();
    TaskContext.get().addTaskCompletionListener(giveBack);
    return lease.value();
  }
}
