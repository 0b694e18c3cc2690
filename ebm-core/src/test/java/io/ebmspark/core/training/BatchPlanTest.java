package io.ebmspark.core.training;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebmspark.core.random.Permutation;
import io.ebmspark.core.random.Purpose;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class BatchPlanTest {
  /** The batch by its definition: a slice of the epoch's order. */
  private static long[] batch(long rows, int size, long seed, long step) {
    long perEpoch = rows / size;
    Permutation order = Permutation.of(seed, Purpose.EPOCH_ORDER, step / perEpoch, rows);
    return IntStream.range(0, size)
        .mapToLong(i -> size == rows ? i : order.at(step % perEpoch * size + i))
        .toArray();
  }

  private static void assertPart(BatchPlan.Part part, long[] batch, long first, int count) {
    List<Integer> positions = new ArrayList<>();
    List<Long> rows = new ArrayList<>();
    for (int position = 0; position < batch.length; position++) {
      if (batch[position] >= first && batch[position] < first + count) {
        positions.add(position);
        rows.add(batch[position]);
      }
    }
    assertThat(part.positions())
        .containsExactly(positions.stream().mapToInt(Integer::intValue).toArray());
    assertThat(part.rows()).containsExactly(rows.stream().mapToLong(Long::longValue).toArray());
  }

  @Test
  void bothWaysFindTheRowsOfTheBatchAndInItsOrder() {
    Random random = new Random(2);
    for (int attempt = 0; attempt < 200; attempt++) {
      long rows = attempt % 2 == 0 ? 1 + random.nextInt(3_000) : (1L << 35) + random.nextInt(9_000);
      int size = (int) Math.min(rows, 1 + random.nextInt(2_000));
      long seed = random.nextLong();
      long step = random.nextInt(40);
      long[] batch = batch(rows, size, seed, step);
      BatchPlan plan = new BatchPlan(rows, size, seed);
      assertThat(plan.rows(step)).containsExactly(batch);
      // Around a row of the batch, as a large table has few.
      long around = batch[random.nextInt(size)];
      long first = Math.max(0, around - random.nextInt(300));
      int count = (int) Math.min(rows - first, random.nextInt(600));
      assertPart(plan.part(step, first, count), batch, first, count);
      if (size < rows) {
        assertPart(plan.asked(step, first, count), batch, first, count);
        assertPart(plan.drawn(step).part(first, count), batch, first, count);
      }
    }
  }

  /** As many threads as draw it: its parts are functions of their address. */
  @Test
  void aLargeBatchIsDrawnInParts() {
    long[] batch = batch(1_000_000, 50_000, 9, 3);
    BatchPlan plan = new BatchPlan(1_000_000, 50_000, 9);
    assertThat(plan.rows(3)).containsExactly(batch);
    assertPart(plan.part(3, 999_000, 1_000), batch, 999_000, 1_000);
  }

  /** A process that holds little of a large table changes over to asking its rows, unnoticed. */
  @Test
  void aProcessOfFewShardsGetsTheSameRows() {
    BatchPlan plan = new BatchPlan(10_000, 900, 5);
    for (long step = 0; step < 25; step++) {
      long[] batch = batch(10_000, 900, 5, step);
      assertPart(plan.part(step, 400, 300), batch, 400, 300);
      assertPart(plan.part(step, 700, 150), batch, 700, 150);
      if (step > 15) { // more than a batch from here on
        assertPart(plan.part(step, 2_000, 4_000), batch, 2_000, 4_000);
      }
    }
  }
}
