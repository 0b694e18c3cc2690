package io.ebmspark.spark.data.shards;

import java.util.Iterator;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;
import scala.Tuple2;

/**
 * Rows with how often each was met, before they are shuffled: a row that recurs without end takes
 * no more room than one. Counts are of neighbours in a small table addressed by hash, so that a row
 * may come out several times; the sums are what matters. Most distinct rows pass straight through.
 */
final class EqualRows implements Iterator<Tuple2<RowKey, Long>> {
  private static final int SLOTS = 1 << 10;

  private final Iterator<RowKey> rows;
  private final @Nullable RowKey[] kept = new RowKey[SLOTS];
  private final long[] counts = new long[SLOTS];
  private @Nullable Tuple2<RowKey, Long> next;
  private int drained;

  EqualRows(Iterator<RowKey> rows) {
    this.rows = rows;
  }

  @Override
  public boolean hasNext() {
    while (next == null && rows.hasNext()) {
      RowKey row = rows.next();
      if (row.weight() == 0) {
        continue; // as if it were not there
      }
      int slot = (int) (row.hash() & (SLOTS - 1));
      RowKey before = kept[slot];
      if (before != null && before.isEqualTo(row)) {
        counts[slot]++;
        continue;
      }
      next = before == null ? null : new Tuple2<>(before, counts[slot]);
      kept[slot] = row;
      counts[slot] = 1;
    }
    while (next == null && drained < SLOTS) {
      RowKey row = kept[drained];
      next = row == null ? null : new Tuple2<>(row, counts[drained]);
      drained++;
    }
    return next != null;
  }

  @Override
  public Tuple2<RowKey, Long> next() {
    if (!hasNext() || next == null) {
      throw new NoSuchElementException();
    }
    Tuple2<RowKey, Long> found = next;
    next = null;
    return found;
  }
}
