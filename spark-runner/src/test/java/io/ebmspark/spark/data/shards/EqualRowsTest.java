package io.ebmspark.spark.data.shards;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebmspark.core.data.RowBlock;
import io.ebmspark.spark.Phases;
import io.ebmspark.spark.data.Sample;
import io.ebmspark.spark.data.Scaling;
import io.ebmspark.spark.data.Sessions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;
import scala.Tuple2;

/** Tables of which nine rows in ten are equal. */
class EqualRowsTest {
  private static final int ROWS = 4_000;
  private static final StructType COLUMNS =
      new StructType().add("a", DataTypes.DoubleType).add("b", DataTypes.DoubleType);

  private final SparkSession spark = Sessions.shared();

  private static List<double[]> rows() {
    Random random = new Random(11);
    List<double[]> rows = new ArrayList<>();
    for (int i = 0; i < ROWS; i++) {
      rows.add(
          i % 10 == 0
              ? new double[] {random.nextGaussian(), random.nextInt(5)}
              : new double[] {7.5, 2});
    }
    return rows;
  }

  private Dataset<Row> table(int files) {
    List<Row> rows = rows().stream().map(row -> RowFactory.create(row[0], row[1])).toList();
    return spark.createDataFrame(rows, COLUMNS).repartition(files);
  }

  private static ShardedTable load(Dataset<Row> rows, Scaling scaling, int shards) {
    return ShardedTable.of(
        rows, Sample.table("t").scaling(scaling).settings(), shards, Phases.silent());
  }

  private static float[] packed(JavaRDD<RowBlock> blocks) {
    float[] all = new float[0];
    for (RowBlock block : blocks.collect()) {
      assertThat(2 * block.firstRow()).isEqualTo(all.length);
      int at = all.length;
      all = Arrays.copyOf(all, at + block.values().length);
      System.arraycopy(block.values(), 0, all, at, block.values().length);
    }
    return all;
  }

  /** By hand: all rows, sorted by their keys, less those held out. */
  @Test
  void shardsAreEvenAndTheOrderIsWhatItWas() {
    List<RowKey> keys = new ArrayList<>();
    rows().forEach(row -> keys.add(RowKey.of(row)));
    keys.sort(new RowKey.Order());
    keys.removeIf(key -> HoldOut.secondHash(key.hash()) < .1);
    float[] expected = new float[2 * keys.size()];
    for (int i = 0; i < expected.length; i++) {
      expected[i] = (float) keys.get(i / 2).values()[i % 2];
    }
    for (int shards : new int[] {1, 3, 8}) {
      try (ShardedTable table = load(table(shards + 1), Scaling.NONE, shards)) {
        assertThat(packed(table.shards())).isEqualTo(expected);
        int even = expected.length / 2 / shards;
        assertThat(table.shards().map(RowBlock::rows).collect())
            .hasSize(shards)
            .allMatch(rows -> rows == even || rows == even + 1);
        assertThat(packed(table.heldOut())).hasSize(2 * (ROWS - keys.size()));
      }
    }
  }

  @Test
  void nothingOfHowTheyAreReadIsLeftInTheBits() {
    try (ShardedTable one = load(table(1), Scaling.STANDARD, 4);
        ShardedTable many = load(table(7), Scaling.STANDARD, 4)) {
      assertThat(many.fingerprint()).isEqualTo(one.fingerprint());
      assertThat(many.rowsRead()).isEqualTo(ROWS);
      assertThat(many.scaling().offset()).isEqualTo(one.scaling().offset());
      assertThat(many.scaling().scale()).isEqualTo(one.scaling().scale());
      assertThat(packed(many.shards())).isEqualTo(packed(one.shards()));
      assertThat(packed(many.heldOut())).isEqualTo(packed(one.heldOut()));
    }
  }

  /** Each task sends a row that recurs with a count of its own. */
  @Test
  void howManyRowsDifferDoesNotDependOnTheTasksThatReadThem() {
    Dataset<Row> few =
        spark
            .range(0, ROWS, 1, 40)
            .selectExpr("pmod(hash(id), 60) as a", "-pmod(hash(id), 60) as b");
    try (ShardedTable one = load(few.coalesce(1), Scaling.STANDARD, 2);
        ShardedTable many = load(few, Scaling.STANDARD, 2)) {
      assertThat(one.notices())
          .anyMatch(notice -> notice.contains("held out are copies of 4 rows"));
      assertThat(many.notices()).isEqualTo(one.notices());
      assertThat(many.keys().count()).isEqualTo(60);
    }
  }

  /** The mass of equal rows travels as a few counts; distinct rows are all there. */
  @Test
  void countsAddUp() {
    Iterator<Tuple2<RowKey, Long>> counted =
        new EqualRows(rows().stream().map(RowKey::of).iterator());
    Map<List<Double>, Long> counts = new HashMap<>();
    int travelled = 0;
    while (counted.hasNext()) {
      Tuple2<RowKey, Long> next = counted.next();
      double[] values = next._1().values();
      counts.merge(List.of(values[0], values[1]), next._2(), Long::sum);
      travelled++;
    }
    Map<List<Double>, Long> expected = new HashMap<>();
    rows().forEach(row -> expected.merge(List.of(row[0], row[1]), 1L, Long::sum));
    assertThat(counts).isEqualTo(expected);
    assertThat(travelled).isBetween(ROWS / 10, ROWS / 10 + 60);
  }
}
