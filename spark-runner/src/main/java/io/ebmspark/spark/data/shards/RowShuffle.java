package io.ebmspark.spark.data.shards;

import java.util.Arrays;
import java.util.Iterator;
import java.util.NoSuchElementException;
import org.apache.spark.Partitioner;
import org.apache.spark.ShuffleDependency;
import org.apache.spark.SparkEnv;
import org.apache.spark.SparkException;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.rdd.ShuffledRDD;
import org.apache.spark.serializer.KryoSerializer;
import org.jspecify.annotations.Nullable;
import scala.Tuple2;
import scala.reflect.ClassTag;
import scala.reflect.ClassTag$;

/**
 * Brings rows to their ranges of hashes. They travel some hundred at a time: Spark's shuffle costs
 * as much for a row as for a piece of many kilobytes.
 */
final class RowShuffle {
  /** What a task collects for all ranges together, and at most for one. */
  private static final int TASK_BYTES = 1 << 24;

  private static final int PIECE_BYTES = 1 << 16;

  private static final ClassTag<Integer> INTEGER = ClassTag$.MODULE$.apply(Integer.class);
  private static final ClassTag<byte[]> BYTES = ClassTag$.MODULE$.apply(byte[].class);

  private final ShuffledRDD<Integer, byte[], byte[]> shuffled;
  private final RowCounts counts;

  /** A shuffle of some rows; nothing is read yet. */
  RowShuffle(JavaRDD<RowKey> rows, RowFormat format, HashRanges ranges) {
    RowCounts read = new RowCounts();
    rows.context().register(read);
    this.counts = read;
    JavaRDD<Tuple2<Integer, byte[]>> pieces =
        rows.mapPartitions(part -> new Pieces(new EqualRows(part), format, ranges, read));
    this.shuffled =
        new ShuffledRDD<Integer, byte[], byte[]>(
                pieces.rdd(), new ByNumber(ranges.count()), INTEGER, BYTES, BYTES)
            .setSerializer(new KryoSerializer(SparkEnv.get().conf()));
  }

  /** Reads all rows, and returns how many there are. */
  long read() throws SparkException {
    ShuffleDependency<?, ?, ?> shuffle =
        (ShuffleDependency<?, ?, ?>) shuffled.dependencies().head();
    if (shuffle.rdd().getNumPartitions() == 0) {
      return 0; // which Spark would refuse to read
    }
    shuffled.context().submitMapStage(shuffle).get();
    return counts.value();
  }

  /** Pieces of each range. */
  JavaRDD<byte[]> pieces() {
    return JavaRDD.fromRDD(shuffled, ClassTag$.MODULE$.<Tuple2<Integer, byte[]>>apply(Tuple2.class))
        .map(Tuple2::_2);
  }

  /** A piece's range is its number. */
  private static final class ByNumber extends Partitioner {
    private static final long serialVersionUID = 1;
    private final int count;

    ByNumber(int count) {
      this.count = count;
    }

    @Override
    public int numPartitions() {
      return count;
    }

    @Override
    public int getPartition(Object range) {
      return (Integer) range;
    }
  }

  /** Rows collected by range. */
  private static final class Pieces implements Iterator<Tuple2<Integer, byte[]>> {
    private final Iterator<Tuple2<RowKey, Long>> rows;
    private final RowFormat format;
    private final HashRanges ranges;
    private final RowCounts counts;
    private final byte[][] pieces;
    private final int[] ends;
    private long read;
    private int drained;
    private @Nullable Tuple2<Integer, byte[]> next;

    Pieces(
        Iterator<Tuple2<RowKey, Long>> rows,
        RowFormat format,
        HashRanges ranges,
        RowCounts counts) {
      this.rows = rows;
      this.format = format;
      this.ranges = ranges;
      this.counts = counts;
      int bytes = Math.min(PIECE_BYTES, TASK_BYTES / ranges.count());
      this.pieces = new byte[ranges.count()][Math.max(bytes, format.mostBytes())];
      this.ends = new int[ranges.count()];
    }

    @Override
    public boolean hasNext() {
      while (next == null && rows.hasNext()) {
        Tuple2<RowKey, Long> row = rows.next();
        int range = ranges.of(row._1().hash());
        if (ends[range] + format.mostBytes() > pieces[range].length) {
          next = piece(range);
        }
        ends[range] = format.put(row._1(), row._2(), pieces[range], ends[range]);
        read += row._2();
      }
      if (next == null && drained == 0) {
        counts.add(read);
      }
      while (next == null && drained < ends.length) {
        next = ends[drained] == 0 ? null : piece(drained);
        drained++;
      }
      return next != null;
    }

    private Tuple2<Integer, byte[]> piece(int range) {
      byte[] piece = Arrays.copyOf(pieces[range], ends[range]);
      ends[range] = 0;
      return new Tuple2<>(range, piece);
    }

    @Override
    public Tuple2<Integer, byte[]> next() {
      if (!hasNext() || next == null) {
        throw new NoSuchElementException();
      }
      Tuple2<Integer, byte[]> found = next;
      next = null;
      return found;
    }
  }
}
