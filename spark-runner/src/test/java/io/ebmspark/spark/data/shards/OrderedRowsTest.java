package io.ebmspark.spark.data.shards;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebmspark.core.data.RowBlock;
import io.ebmspark.spark.data.DataSettings;
import io.ebmspark.spark.data.Sample;
import io.ebmspark.spark.data.Sessions;
import io.ebmspark.spark.data.features.Features;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkEnv;
import org.apache.spark.SparkException;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.unsafe.Platform;
import org.apache.spark.util.collection.unsafe.sort.UnsafeSorterIterator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
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

  /** Rows as a sorter gives them back. */
  private static final class Sorted extends UnsafeSorterIterator {
    private final List<byte[]> rows;
    private int next;

    Sorted(List<byte[]> rows) {
      this.rows = rows;
    }

    @Override
    public boolean hasNext() {
      return next < rows.size();
    }

    @Override
    public void loadNext() {
      next++;
    }

    @Override
    public Object getBaseObject() {
      return rows.get(next - 1);
    }

    @Override
    public long getBaseOffset() {
      return Platform.BYTE_ARRAY_OFFSET;
    }

    @Override
    public int getRecordLength() {
      return rows.get(next - 1).length;
    }

    @Override
    public long getKeyPrefix() {
      return 0;
    }

    @Override
    public int getNumRecords() {
      return rows.size();
    }

    @Override
    public long getCurrentPageNumber() {
      return 0;
    }
  }

  private static byte[] bytes(RowFormat format, RowKey row, long count) {
    byte[] bytes = new byte[format.mostBytes()];
    return Arrays.copyOf(bytes, format.put(row, count, bytes, 0));
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
    RowFormat format = new RowFormat(true, new boolean[] {false, true, true});
    List<byte[]> packed = byHash.stream().map(row -> bytes(format, row._1(), row._2())).toList();
    Iterator<byte[]> pieces = new PackedRows(new Sorted(packed), format);
    Iterator<Tuple2<RowKey, Long>> unpacked = new UnpackedRows(pieces, format);
    int at = 0;
    while (unpacked.hasNext()) {
      Tuple2<RowKey, Long> next = unpacked.next();
      long count = next._2();
      assertThat(next._1().hash()).isEqualTo(rows.get(at)._1().hash());
      // Equal rows have become one.
      while (at < rows.size() && order.compare(next._1(), rows.get(at)._1()) == 0) {
        count -= rows.get(at)._2();
        at++;
      }
      assertThat(count).isZero();
    }
    assertThat(at).isEqualTo(rows.size());
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
    assertThat(watch.read.get()).isPositive().isLessThan(ROWS / 100); // pieces, not rows
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

  private static DataSettings settings() {
    return Sample.table("rows").settings();
  }

  private static List<List<Double>> ordered(ShardRule rule, double rangeBytes, int inputs)
      throws SparkException {
    return ordered(rows(), rule, rangeBytes, inputs);
  }

  private static List<List<Double>> ordered(
      Dataset<Row> rows, ShardRule rule, double rangeBytes, int inputs) throws SparkException {
    Features features = TableColumns.of(rows, settings()).choice().features();
    try (OrderedRows ordered =
        OrderedRows.of(rows, settings(), features, rule, inputs, rangeBytes)) {
      return ordered.rows().mapPartitions(OrderedRowsTest::values).collect();
    }
  }

  private static Iterator<List<Double>> values(Iterator<Tuple2<RowKey, Long>> rows) {
    List<Double> values = new ArrayList<>();
    while (rows.hasNext()) {
      Arrays.stream(rows.next()._1().values()).forEach(values::add);
    }
    return List.of(values).iterator();
  }

  /** By hand: all rows by their keys, cut at equal ranges of hashes. */
  @Tag("long")
  @Test
  void shardsAreTheSameFromFewerOrMoreSortedRanges() throws SparkException {
    List<RowKey> keys = new ArrayList<>();
    for (Row row : rows().collectAsList()) {
      double[] values = {row.getDouble(0), row.getFloat(1), row.getLong(2)};
      keys.add(RowKey.of(values));
    }
    keys.sort(new RowKey.Order());
    for (int shards : new int[] {1, 3, 8}) {
      List<List<Double>> expected = new ArrayList<>();
      for (int i = 0; i < shards; i++) {
        expected.add(new ArrayList<>());
      }
      for (RowKey key : keys) {
        List<Double> shard = expected.get(new HashRanges(shards).of(key.hash()));
        Arrays.stream(key.values()).forEach(shard::add);
      }
      for (double rangeBytes : new double[] {1e9, 1e5, 1e4}) {
        assertThat(ordered(ShardRule.of(shards), rangeBytes, 3)).isEqualTo(expected);
      }
      if (shards == 8) { // rows that seem to be so wide need as many shards, sorted in two ranges
        int inputs = (int) (8 * ShardRule.MOST_VALUES / ROWS);
        assertThat(ordered(ShardRule.FROM_TABLE, 1e9, inputs)).isEqualTo(expected);
        assertThat(ordered(ShardRule.FROM_TABLE, 1e4, inputs)).isEqualTo(expected);
      }
    }
  }

  @Test
  void rowsOfAFileAreThoseOfTheTableItWasWrittenFrom(@TempDir Path folder) throws SparkException {
    String path = folder.resolve("rows").toString();
    SPARK
        .range(0, 9_000, 1, 3)
        .selectExpr(
            "randn(1) as a",
            "if(id % 7 = 0, null, float(randn(2))) as b",
            "smallint(id % 10) as c",
            "id % 3 = 0 as d")
        .write()
        .parquet(path);
    Dataset<Row> file = SPARK.read().parquet(path);
    Dataset<Row> made = SPARK.createDataFrame(file.collectAsList(), file.schema());
    assertThat(ordered(file, ShardRule.of(4), 1e9, 4))
        .isEqualTo(ordered(made, ShardRule.of(4), 1e9, 4));
  }
}
