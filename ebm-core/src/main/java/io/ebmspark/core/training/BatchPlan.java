package io.ebmspark.core.training;

import io.ebmspark.core.random.Permutation;
import io.ebmspark.core.random.Purpose;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Which rows make up the batch of each step: a fresh random order of all rows every epoch, cut into
 * whole batches; the few rows left over at an epoch's end wait for another.
 *
 * <p>A function of seed, step, number of rows and batch size only: however the rows are spread over
 * shards, the batch contains the same rows.
 *
 * <p>Which of its rows a shard holds can be found from either side. Either the whole batch is drawn
 * once per process and step, and sorted into ranges of rows; or every row the shard holds is asked
 * for its place in the epoch's order. What is done is what costs less, and answers the same.
 */
public final class BatchPlan {
  /** Batches drawn in parts of this many rows, on all cores that are free. */
  private static final int PART = 1 << 14;

  /** Rows of the batch in a range, on average. */
  private static final int ROWS_A_RANGE = 8;

  private final long rows;
  private final int batchSize;
  private final long seed;

  // All shards of a process ask for the same step, which is drawn once.
  private final Object drawing = new Object();
  private volatile @Nullable Drawn latest;

  private long current = -1;
  private long heldSoFar;
  private long heldBefore = Long.MAX_VALUE;

  /**
   * Rows of a step's batch.
   *
   * @param positions in the batch, in increasing order
   * @param rows the global index of the row at each
   */
  public record Part(int[] positions, long[] rows) {}

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

  /** The global indices of a step's rows, in the batch's order. */
  public long[] rows(long step) {
    if (batchSize == rows) {
      return part(step, 0, batchSize).rows;
    }
    return drawn(step).rows.clone();
  }

  /**
   * The rows of a step's batch among consecutive rows.
   *
   * @param firstRow global index of the first of them
   * @param count how many they are
   */
  public Part part(long step, long firstRow, int count) {
    if (batchSize == rows) {
      int first = (int) firstRow;
      return new Part(
          IntStream.range(first, first + count).toArray(),
          IntStream.range(first, first + count).asLongStream().toArray());
    }
    return holdsFewerThanABatch(step, count)
        ? asked(step, firstRow, count)
        : drawn(step).part(firstRow, count);
  }

  /** Whether all shards this process was asked about in the step before are less than a batch. */
  private synchronized boolean holdsFewerThanABatch(long step, int count) {
    if (step != current) {
      heldBefore = current < 0 ? Long.MAX_VALUE : heldSoFar;
      heldSoFar = 0;
      current = step;
    }
    heldSoFar += count;
    return heldBefore < batchSize;
  }

  /** Where a step's batch lies in the order of its epoch. */
  private record Slice(Permutation order, long first) {}

  private Slice slice(long step) {
    long batchesPerEpoch = rows / batchSize;
    long epoch = step / batchesPerEpoch;
    long first = (step % batchesPerEpoch) * batchSize;
    return new Slice(Permutation.of(seed, Purpose.EPOCH_ORDER, epoch, rows), first);
  }

  /** Asks each row for its place. */
  Part asked(long step, long firstRow, int count) {
    Slice slice = slice(step);
    long[] places = new long[count];
    slice.order.positions(firstRow, places, 0, count);
    long[] found = new long[count];
    int size = 0;
    for (int i = 0; i < count; i++) {
      long position = places[i] - slice.first;
      if (position >= 0 && position < batchSize) {
        found[size++] = position << Integer.SIZE | i;
      }
    }
    Arrays.sort(found, 0, size);
    int[] positions = new int[size];
    long[] global = new long[size];
    for (int i = 0; i < size; i++) {
      positions[i] = (int) (found[i] >>> Integer.SIZE);
      global[i] = firstRow + (int) found[i];
    }
    return new Part(positions, global);
  }

  /** Draws the whole batch, unless that has been done. */
  Drawn drawn(long step) {
    Drawn known = latest;
    if (known == null || known.step != step) {
      synchronized (drawing) {
        known = latest;
        if (known == null || known.step != step) {
          known = draw(step);
          latest = known;
        }
      }
    }
    return known;
  }

  private Drawn draw(long step) {
    Slice slice = slice(step);
    long[] chosen = new long[batchSize];
    IntStream parts = IntStream.range(0, (batchSize + PART - 1) / PART);
    (batchSize > PART ? parts.parallel() : parts)
        .forEach(
            part -> {
              int from = part * PART;
              int to = Math.min(batchSize, from + PART);
              slice.order.elements(slice.first + from, chosen, from, to);
            });
    return new Drawn(step, chosen, rows);
  }

  /** A whole batch, sorted into ranges of equally many rows of the table. */
  static final class Drawn {
    private final long step;
    private final long[] rows;
    private final int shift;
    private final int[] ends;
    private final int[] positions;

    Drawn(long step, long[] rows, long all) {
      this.step = step;
      this.rows = rows;
      int ranges = Integer.highestOneBit(Math.max(1, rows.length / ROWS_A_RANGE));
      int bits = Long.SIZE - Long.numberOfLeadingZeros(all - 1);
      this.shift = Math.max(0, bits - Integer.numberOfTrailingZeros(ranges));
      this.ends = new int[(int) ((all - 1) >>> shift) + 2];
      for (long row : rows) {
        ends[(int) (row >>> shift) + 1]++;
      }
      for (int range = 1; range < ends.length; range++) {
        ends[range] += ends[range - 1];
      }
      this.positions = new int[rows.length];
      // Filling a range moves its start to its end, which is the start of the next.
      for (int position = 0; position < rows.length; position++) {
        positions[ends[(int) (rows[position] >>> shift)]++] = position;
      }
    }

    Part part(long firstRow, int count) {
      if (count == 0) {
        return new Part(new int[0], new long[0]);
      }
      int firstRange = (int) (firstRow >>> shift);
      int lastRange = (int) ((firstRow + count - 1) >>> shift);
      int start = firstRange == 0 ? 0 : ends[firstRange - 1];
      int[] found = new int[ends[lastRange] - start];
      int size = 0;
      for (int i = start; i < ends[lastRange]; i++) {
        long row = rows[positions[i]];
        if (row >= firstRow && row < firstRow + count) {
          found[size++] = positions[i];
        }
      }
      int[] inside = Arrays.copyOf(found, size);
      Arrays.sort(inside);
      return new Part(inside, Arrays.stream(inside).mapToLong(at -> rows[at]).toArray());
    }
  }
}
