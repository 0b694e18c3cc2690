package io.ebmspark.core.training;

import io.ebmspark.core.random.Permutation;
import io.ebmspark.core.random.Purpose;

/**
 * Which rows make up the batch of each step: a fresh random order of all rows every epoch, cut into
 * whole batches; the few rows left over at an epoch's end wait for another.
 *
 * <p>A function of seed, step, number of rows and batch size only: however the rows are spread over
 * shards, the batch contains the same rows.
 */
public final class BatchPlan {
  private final long rows;
  private final int batchSize;
  private final long seed;

  // All shards of a process ask for the same step, which is computed once.
  private volatile Step latest = new Step(-1, new long[0]);

  private record Step(long number, long[] rows) {}

  /**
   * A plan over a data set.
   *
   * @param rows global number of rows
   * @param batchSize rows per step; more than {@code rows} means all of them
   */
  public BatchPlan(long rows, int batchSize, long seed) {
    if (rows < 1) {
      throw new IllegalArgumentException("there are no rows to train on");
    }
    this.rows = rows;
    this.batchSize = (int) Math.min(batchSize, rows);
    this.seed = seed;
  }

  /** The number of rows in a batch. */
  public int batchSize() {
    return batchSize;
  }

  /** The global indices of a step's rows, in the batch's order. Callers must not change them. */
  public long[] rows(long step) {
    Step known = latest;
    if (known.number != step) {
      known = new Step(step, order(step));
      latest = known;
    }
    return known.rows;
  }

  private long[] order(long step) {
    long[] chosen = new long[batchSize];
    if (batchSize == rows) {
      for (int i = 0; i < batchSize; i++) {
        chosen[i] = i;
      }
      return chosen;
    }
    long batchesPerEpoch = rows / batchSize;
    long epoch = step / batchesPerEpoch;
    long first = (step % batchesPerEpoch) * batchSize;
    Permutation permutation = Permutation.of(seed, Purpose.EPOCH_ORDER, epoch, rows);
    for (int i = 0; i < batchSize; i++) {
      chosen[i] = permutation.at(first + i);
    }
    return chosen;
  }
}
