package io.ebmspark.core.training;

import io.ebmspark.core.random.Permutation;
import io.ebmspark.core.random.Purpose;
import java.util.Arrays;
import java.util.Locale;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What it costs a process to find the rows of a batch that its shards hold. */
@Tag("benchmark")
class BatchPlanBenchmark {
  private static final int SHARD = 1 << 18;

  @Test
  void rowsOfABatch() {
    report(100_000_000, 1_000_000, 50_000_000);
    report(100_000_000, 1_000_000, 800_000);
    report(10_000_000, 4_096, 5_000_000);
  }

  private static void report(long rows, int batch, int held) {
    BatchPlan plan = new BatchPlan(rows, batch, 1);
    double[] found = new double[9];
    double[] scanned = new double[9];
    for (int step = 0; step < found.length; step++) {
      long start = System.nanoTime();
      int members = 0;
      for (int first = 0; first < held; first += SHARD) {
        members += plan.part(step, first, Math.min(SHARD, held - first)).positions().length;
      }
      found[step] = (System.nanoTime() - start) * 1e-6;
      start = System.nanoTime();
      int again = scan(rows, batch, held, step);
      scanned[step] = (System.nanoTime() - start) * 1e-6;
      if (members != again) {
        throw new IllegalStateException(members + " rows found, " + again + " by looking at all");
      }
    }
    Arrays.sort(found);
    Arrays.sort(scanned);
    System.out.printf(
        Locale.ROOT,
        "BATCH %d of %d rows, %d of them held in shards of %d: ms %.1f (%.1f to %.1f), by drawing"
            + " all and scanning it for each shard %.1f (%.1f to %.1f)%n",
        batch,
        rows,
        held,
        SHARD,
        found[4],
        found[0],
        found[7],
        scanned[4],
        scanned[0],
        scanned[7]);
  }

  /** The whole batch on one thread, and all of it looked at for every shard. */
  private static int scan(long rows, int batch, int held, long step) {
    Permutation order = Permutation.of(1, Purpose.EPOCH_ORDER, 0, rows);
    long[] chosen = new long[batch];
    order.elements(step * batch, chosen, 0, batch);
    int members = 0;
    for (int first = 0; first < held; first += SHARD) {
      int end = Math.min(held, first + SHARD);
      for (long row : chosen) {
        members += row >= first && row < end ? 1 : 0;
      }
    }
    return members;
  }
}
