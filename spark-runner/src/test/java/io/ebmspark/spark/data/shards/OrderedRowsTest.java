package io.ebmspark.spark.data.shards;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebmspark.core.data.RowBlock;
import io.ebmspark.spark.data.Sample;
import io.ebmspark.spark.data.Sessions;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkEnv;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.unsafe.Platform;
import org.junit.jupiter.api.Test;
import scala.Tuple2;

class OrderedRowsTest {
  private static final SparkSession SPARK = Sessions.shared();
  private static final String SPILL_AFTER = "spark.shuffle.spill.numElementsForceSpillThreshold";
  private static final int ROWS = 20_000;

  private static Dataset<Row> rows() {
    return SPARK
        .range(0, ROWS, 1, 5)
        .selectExpr("randn(1) as a", "float(randn(2)) as b", "id % 10 as c");
  }

  private static InternalRow travelling(RowKey row, long count) {
    byte[] bytes = new byte[row.values().length * Double.BYTES];
    Platform.copyMemory(
        row.values(),
        Platform.DOUBLE_ARRAY_OFFSET,
        bytes,
        Platform.BYTE_ARRAY_OFFSET,
        bytes.length);
    return new GenericInternalRow(
        new Object[] {
          0, row.hash() ^ Long.MIN_VALUE, count, row.weight(), bytes, row.side().code()
        });
  }

  /** Hashes that many different rows share do not occur, but nothing may depend on that. */
  @Test
  void rowsThatShareAHashAreOrderedByWhatTheyHold() {
    Random random = new Random(1);
    List<Tuple2<RowKey, Long>> rows = new ArrayList<>();
    for (int i = 0; i < 30_000; i++) {
      long hash = (i / 7) * 0x1234_5678_9abc_defL; // of either sign
      double[] values =
          i % 11 == 0
              ? new double[0]
              : new double[] {random.nextInt(3), random.nextInt(4) == 0 ? Double.NaN : 1, i % 5};
      RowKey.Side side = RowKey.Side.of(i % 13 == 0 ? 1 : 0);
      rows.add(new Tuple2<>(RowKey.known(hash, values, 1 + random.nextInt(2), side), 1L + i));
    }
    RowKey.Order order = new RowKey.Order();
    rows.sort((a, b) -> order.compare(a._1(), b._1()));
    List<Tuple2<RowKey, Long>> byHash = new ArrayList<>(rows);
    java.util.Collections.shuffle(byHash, random);
    byHash.sort((a, b) -> Long.compareUnsigned(a._1().hash(), b._1().hash()));
    Iterator<byte[]> pieces =
        new PackedRows(byHash.stream().map(row -> travelling(row._1(), row._2())).iterator());
    Iterator<Tuple2<RowKey, Long>> unpacked = new PackedRows.Unpacked(pieces);
    long counts = 0;
    for (Tuple2<RowKey, Long> expected : rows) {
      Tuple2<RowKey, Long> next = unpacked.next();
      assertThat(order.compare(next._1(), expected._1())).isZero();
      assertThat(next._1().hash()).isEqualTo(expected._1().hash());
      counts += next._2() - expected._2();
    }
    assertThat(unpacked.hasNext()).isFalse();
    assertThat(counts).isZero();
  }

  /** Sums over the tasks that some work runs. */
  private static final class Watch extends SparkListener implements AutoCloseable {
    final AtomicLong read = new AtomicLong();
    final AtomicLong spilled = new AtomicLong();

    Watch() {
      SPARK.sparkContext().addSparkListener(this);
    }

    @Override
    public void onTaskEnd(SparkListenerTaskEnd end) {
      read.addAndGet(end.taskMetrics().shuffleReadMetrics().recordsRead());
      spilled.addAndGet(end.taskMetrics().diskBytesSpilled());
    }

    @Override
    public void close() throws TimeoutException {
      SPARK.sparkContext().listenerBus().waitUntilEmpty(60_000);
      SPARK.sparkContext().removeSparkListener(this);
    }
  }

  private static List<List<Float>> loaded(Watch watch) throws TimeoutException {
    List<List<Float>> values = new ArrayList<>();
    try (watch;
        ShardedTable table = ShardedTable.of(rows(), Sample.table("rows").settings(), 3)) {
      for (RowBlock block : table.shards().collect()) {
        values.add(floats(block));
      }
      for (RowBlock block : table.heldOut().collect()) {
        values.add(floats(block));
      }
    }
    return values;
  }

  private static List<Float> floats(RowBlock block) {
    List<Float> floats = new ArrayList<>();
    for (float value : block.values()) {
      floats.add(value);
    }
    return floats;
  }

  @Test
  void rowsAreSortedOnceAndTheSameWhereTheSorterGoesToDisc() throws TimeoutException {
    Watch watch = new Watch();
    List<List<Float>> inMemory = loaded(watch);
    assertThat(watch.read.get()).isEqualTo(ROWS);
    assertThat(watch.spilled.get()).isZero();
    SparkConf conf = SparkEnv.get().conf();
    conf.set(SPILL_AFTER, "500");
    try {
      Watch second = new Watch();
      assertThat(loaded(second)).isEqualTo(inMemory);
      assertThat(second.spilled.get()).isPositive();
    } finally {
      conf.remove(SPILL_AFTER);
    }
    assertThat(SPARK.sparkContext().getPersistentRDDs().size()).isZero();
  }
}
