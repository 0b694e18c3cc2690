package io.ebmspark.spark.data.shards;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.ebmspark.core.data.FeatureScaling;
import io.ebmspark.core.data.RowBlock;
import io.ebmspark.spark.Phases;
import io.ebmspark.spark.data.ConstantColumns;
import io.ebmspark.spark.data.DataException;
import io.ebmspark.spark.data.MissingValues;
import io.ebmspark.spark.data.Sample;
import io.ebmspark.spark.data.Scaling;
import io.ebmspark.spark.data.Sessions;
import io.ebmspark.spark.data.encoding.Numeric;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.ml.linalg.SQLDataTypes;
import org.apache.spark.ml.linalg.Vectors;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ShardedTableTest {
  private final SparkSession spark = Sessions.shared();
  private final List<ShardedTable> open = new ArrayList<>();
  @TempDir Path folder;

  @AfterEach
  void close() {
    open.forEach(ShardedTable::close);
    assertThat(spark.sparkContext().getLocalProperty("spark.job.description")).isNull();
  }

  private ShardedTable load(Sample sample, int shards) {
    ShardedTable table = ShardedTable.load(spark, sample.settings(), shards);
    open.add(table);
    return table;
  }

  private Sample view(StructType schema, List<Row> rows) {
    spark.createDataFrame(rows, schema).createOrReplaceTempView("t");
    return Sample.table("t");
  }

  private Sample view(Double[]... rows) {
    StructType schema = new StructType();
    for (int i = 0; i < rows[0].length; i++) {
      schema = schema.add(String.valueOf((char) ('a' + i)), DataTypes.DoubleType);
    }
    return view(schema, Arrays.stream(rows).map(row -> RowFactory.create((Object[]) row)).toList());
  }

  private Sample arrays(Double[]... rows) {
    return view(
        new StructType().add("p", DataTypes.createArrayType(DataTypes.DoubleType)),
        Arrays.stream(rows).map(row -> RowFactory.create((Object) row)).toList());
  }

  private void refused(Sample sample, String... words) {
    assertThatThrownBy(() -> load(sample, 3))
        .isInstanceOf(DataException.class)
        .hasMessageContainingAll(words);
  }

  @Test
  void partsAreToldInTheirOrder() {
    List<String> parts = new ArrayList<>();
    Sample sample = view(new Double[] {1.0}, new Double[] {2.0});
    open.add(
        ShardedTable.of(
            spark.table("t"),
            sample.settings(),
            2,
            new Phases((name, seconds) -> parts.add(name))));
    assertThat(parts).containsExactly("columns", "read, order, check", "pack");
  }

  private static float[] concatenated(ShardedTable table, int shards) {
    assertThat(table.shards().getNumPartitions()).isEqualTo(shards);
    List<List<RowBlock>> partitions = table.shards().glom().collect();
    float[] all = new float[Math.toIntExact(table.rows() * table.features().width())];
    int at = 0;
    for (List<RowBlock> partition : partitions) {
      assertThat(partition).hasSize(1);
      RowBlock block = partition.get(0);
      assertThat(block.width()).isEqualTo(table.features().width());
      assertThat(block.firstRow() * block.width()).isEqualTo(at);
      System.arraycopy(block.values(), 0, all, at, block.values().length);
      at += block.values().length;
    }
    assertThat(at).isEqualTo(all.length);
    return all;
  }

  /** Rows with repeats, zeros of both signs and many sizes of numbers. */
  private static List<double[]> awkward(int n) {
    Random random = new Random(7);
    List<double[]> rows = new ArrayList<>();
    for (int i = 0; i < n; i++) {
      if (i % 10 == 9) {
        rows.add(rows.get(random.nextInt(rows.size())).clone());
      } else {
        rows.add(
            new double[] {
              random.nextGaussian(),
              1000 + random.nextInt(5),
              random.nextBoolean() ? 0.0 : -0.0,
              random.nextGaussian() * 1e-6 + 1
            });
      }
    }
    rows.add(new double[] {1, 1000, 1, 1});
    return rows;
  }

  private static final StructType FOUR =
      new StructType()
          .add("a", DataTypes.DoubleType)
          .add("b", DataTypes.DoubleType)
          .add("c", DataTypes.DoubleType)
          .add("d", DataTypes.DoubleType);

  private Dataset<Row> frame(List<double[]> rows) {
    return spark.createDataFrame(
        rows.stream().map(r -> RowFactory.create(r[0], r[1], r[2], r[3])).toList(), FOUR);
  }

  /** The basis of the whole project's reproducibility. */
  @Test
  void neitherStorageNorReadingNorShardsChangeTheRows() {
    List<double[]> rows = awkward(300);
    String one = folder + "/one";
    String seven = folder + "/seven";
    String csv = folder + "/csv";
    frame(rows).coalesce(1).write().parquet(one);
    List<double[]> shuffled = new ArrayList<>(rows);
    Collections.shuffle(shuffled, new Random(1));
    frame(shuffled).repartition(7).write().parquet(seven);
    Collections.shuffle(shuffled, new Random(2));
    frame(shuffled).repartition(3).write().option("header", "true").csv(csv);

    ShardedTable plain = load(Sample.path(one).scaling(Scaling.NONE).holdOut(0, 1), 1);
    float[] expected = concatenated(plain, 1);
    float[] standardised = concatenated(load(Sample.path(one).holdOut(0, 1), 1), 1);
    assertThat(expected).hasSize(4 * rows.size());
    assertSameRows(rows, expected);

    String[] parallelism = {"1", "2", "5", "9"};
    String[] splits = {"128m", "8k", "4k", "2k"};
    int round = 0;
    for (int shards : new int[] {1, 2, 3, 7}) {
      spark.sparkContext().conf().set("spark.default.parallelism", parallelism[round]);
      spark.conf().set("spark.sql.files.maxPartitionBytes", splits[round]);
      spark.conf().set("spark.sql.files.openCostInBytes", "0");
      round++;
      try {
        for (Sample sample :
            List.of(Sample.path(one), Sample.path(seven), Sample.path(csv).format("csv"))) {
          sample.holdOut(0, 1);
          ShardedTable unscaled = load(sample.scaling(Scaling.NONE), shards);
          assertThat(bits(concatenated(unscaled, shards))).isEqualTo(bits(expected));
          assertThat(unscaled.fingerprint()).isEqualTo(plain.fingerprint());
          ShardedTable scaled = load(sample.scaling(Scaling.STANDARD), shards);
          assertThat(concatenated(scaled, shards)).containsExactly(standardised, within(1e-6f));
          assertThat(scaled.fingerprint()).isEqualTo(plain.fingerprint());
        }
      } finally {
        spark.sparkContext().conf().remove("spark.default.parallelism");
        spark.conf().unset("spark.sql.files.maxPartitionBytes");
        spark.conf().unset("spark.sql.files.openCostInBytes");
      }
    }
  }

  @Test
  void standardisedRowsOfAsManyShardsAgreeInEveryBit() {
    List<double[]> rows = awkward(500);
    frame(rows).coalesce(1).createOrReplaceTempView("t");
    float[] one = concatenated(load(Sample.table("t"), 5), 5);
    Collections.shuffle(rows, new Random(3));
    frame(rows).repartition(6).createOrReplaceTempView("t");
    assertThat(bits(concatenated(load(Sample.table("t"), 5), 5))).isEqualTo(bits(one));
  }

  private static int[] bits(float[] values) {
    int[] bits = new int[values.length];
    for (int i = 0; i < bits.length; i++) {
      bits[i] = Float.floatToRawIntBits(values[i]);
    }
    return bits;
  }

  private static void assertSameRows(List<double[]> rows, float[] packed) {
    List<String> expected = new ArrayList<>();
    List<String> actual = new ArrayList<>();
    for (int i = 0; i < rows.size(); i++) {
      float[] row = new float[4];
      for (int j = 0; j < 4; j++) {
        row[j] = (float) (rows.get(i)[j] + 0.0);
      }
      expected.add(Arrays.toString(row));
      actual.add(Arrays.toString(Arrays.copyOfRange(packed, 4 * i, 4 * i + 4)));
    }
    assertThat(actual).containsExactlyInAnyOrderElementsOf(expected);
    assertThat(actual).isNotEqualTo(expected);
  }

  @Test
  void fewRowsInManyShards() {
    Sample sample = view(new Double[][] {{1.0}, {2.0}, {3.0}}).scaling(Scaling.NONE);
    ShardedTable table = load(sample, 7);
    assertThat(concatenated(table, 7)).containsExactlyInAnyOrder(1, 2, 3);
    assertThat(table.shards().filter(block -> block.rows() == 0).count()).isGreaterThanOrEqualTo(4);
    assertThat(table.shards().getStorageLevel().useMemory()).isTrue();
    assertThat(table.shards().getStorageLevel().useDisk()).isTrue();
    table.close();
    assertThat(table.shards().getStorageLevel().useMemory()).isFalse();
  }

  @Test
  void repeatedRowsAreAllKept() {
    Sample sample = view(new Double[][] {{1.0}, {1.0}, {2.0}, {1.0}, {2.0}}).scaling(Scaling.NONE);
    assertThat(concatenated(load(sample, 3), 3)).containsExactlyInAnyOrder(1, 1, 1, 2, 2);
  }

  /** The fingerprints were computed by another program from the definition. */
  @Test
  void fingerprintFollowsItsDefinition() {
    Sample sample = view(new Double[][] {{3.5, -4.0}, {1.0, 2.0}, {-0.0, 6.0}});
    assertThat(load(sample, 2).fingerprint())
        .isEqualTo("4086d16fc8988b1e3ac1098598942e864426ed68df6d8039573d2af1cefcd024");
  }

  @Test
  void fingerprintTellsDataApart() {
    Double[][] rows = {{1.0, 2.0}, {3.0, 4.0}, {5.0, 6.0}};
    String original = load(view(rows), 2).fingerprint();
    assertThat(load(view(rows).scaling(Scaling.NONE), 3).fingerprint()).isEqualTo(original);
    List<String> others = new ArrayList<>(List.of(original));
    rows[1][1] = Math.nextUp(4.0);
    others.add(load(view(rows), 2).fingerprint());
    rows[1][1] = 4.0;
    Double[][] swapped = {{2.0, 1.0}, {3.0, 4.0}, {5.0, 6.0}};
    others.add(load(view(swapped), 2).fingerprint());
    Double[][] twice = {rows[0], rows[1], rows[2], rows[2]};
    others.add(load(view(twice), 2).fingerprint());
    view(rows);
    spark.table("t").withColumnRenamed("a", "z").createOrReplaceTempView("u");
    others.add(load(Sample.table("u"), 2).fingerprint());
    assertThat(others).doesNotHaveDuplicates();
  }

  @Test
  void standardScalingAgreesWithPlainLoops() {
    List<double[]> rows = awkward(300);
    frame(rows).createOrReplaceTempView("t");
    ShardedTable table = load(Sample.table("t").holdOut(0, 1), 4);
    for (int j = 0; j < 4; j++) {
      double mean = 0;
      for (double[] row : rows) {
        mean += row[j] / rows.size();
      }
      double variance = 0;
      for (double[] row : rows) {
        variance += (row[j] - mean) * (row[j] - mean) / rows.size();
      }
      double deviation = Math.sqrt(variance);
      assertThat(table.scaling().offset()[j])
          .isCloseTo(mean, within(1e-12 * Math.abs(mean) + 1e-13));
      assertThat(table.scaling().scale()[j]).isCloseTo(deviation, within(1e-9 * deviation));
      assertThat(table.means()[j]).isEqualTo(table.scaling().offset()[j]);
    }
    float[] raw = concatenated(load(Sample.table("t").scaling(Scaling.NONE).holdOut(0, 1), 4), 4);
    float[] scaled = concatenated(table, 4);
    for (int i = 0; i < raw.length; i += 4) {
      double expected = (raw[i] - table.scaling().offset()[0]) / table.scaling().scale()[0];
      assertThat((double) scaled[i]).isCloseTo(expected, within(1e-6));
    }
  }

  @Test
  void rangeScaling() {
    Sample sample = view(new Double[][] {{0.0}, {255.0}, {127.5}}).scaling(Scaling.RANGE);
    ShardedTable table = load(sample, 2);
    assertThat(concatenated(table, 2)).containsExactlyInAnyOrder(-1, 1, 0);
    assertThat(table.scaling().toTable(0, -1)).isZero();
    Sample wide =
        view(new Double[][] {{-1e308}, {1e308}}).scaling(Scaling.RANGE).range(-1.5e308, 1.5e308);
    assertThat(concatenated(load(wide, 2), 2)).contains(1 / 1.5f);
  }

  @Test
  void valuesOutOfRange() {
    Sample sample =
        view(new Double[][] {{-1.0, 3.0}, {256.0, 255.0}, {0.0, 300.0}}).scaling(Scaling.RANGE);
    refused(sample, "3 values outside data.range [0.0, 255.0]", "[-1.0, 300.0]", "widen");
  }

  @Test
  void missingValues() {
    double nan = Double.NaN;
    Double[][] rows = {
      {1.0, null, 1.0},
      {2.0, nan, 2.0},
      {Double.POSITIVE_INFINITY, 4.0, 3.0},
      {4.0, 6.0, 5.0},
      {6.0, 8.0, 9.0}
    };
    refused(
        view(rows), "3 of 5 rows hold nulls, NaN or infinities, in b (2), a (1)", "data.missing");

    ShardedTable dropped = load(view(rows).missing(MissingValues.DROP).scaling(Scaling.NONE), 3);
    assertThat(concatenated(dropped, 3)).containsExactlyInAnyOrder(4, 6, 5, 6, 8, 9);
    assertThat(dropped.rows()).isEqualTo(2);
    assertThat(dropped.rowsRead()).isEqualTo(5);
    assertThat(dropped.rowsDropped()).isEqualTo(3);
    assertThat(dropped.valuesImputed()).isZero();
    assertThat(dropped.means()).containsExactly(5, 7, 7);

    ShardedTable imputed = load(view(rows).missing(MissingValues.MEAN).scaling(Scaling.NONE), 3);
    assertThat(concatenated(imputed, 3))
        .containsExactlyInAnyOrder(1, 6, 1, 2, 6, 2, 3.25f, 4, 3, 4, 6, 5, 6, 8, 9);
    assertThat(imputed.rowsDropped()).isZero();
    assertThat(imputed.valuesImputed()).isEqualTo(3);

    // Imputed rows count in the deviation, so that what the model sees has variance one.
    float[] scaled = concatenated(load(view(rows).missing(MissingValues.MEAN), 3), 3);
    for (int j = 0; j < 3; j++) {
      double squares = 0;
      for (int i = j; i < scaled.length; i += 3) {
        squares += scaled[i] * scaled[i] / 5;
      }
      assertThat(squares).isCloseTo(1, within(1e-6));
    }
  }

  @Test
  void aColumnWithoutAnyValueHasNoMean() {
    Sample sample = view(new Double[][] {{1.0, null}, {2.0, null}}).missing(MissingValues.MEAN);
    refused(sample, "no row has a value to average in b");
  }

  @Test
  void constantColumns() {
    // Means of 0.1 are rounded, so that a deviation need not come out as 0.
    Double[][] rows = {{1.0, 0.1, 5.0}, {2.0, 0.1, 5.0}, {4.0, 0.1, 5.0}};
    refused(view(rows), "2 features hold one value only", "b, c", "data.constantColumns");

    ShardedTable dropped = load(view(rows).constant(ConstantColumns.DROP), 2);
    assertThat(dropped.features().columns()).containsExactly("a");
    assertThat(spark.table("t").where("a = 2").select(dropped.features().selection()).head().get(0))
        .isEqualTo(2.0);
    assertThat(dropped.leftOut()).containsOnlyKeys("b", "c").containsValue("one value only");
    assertThat(dropped.shape()).containsExactly(1);
    assertThat(dropped.scaling().width()).isEqualTo(1);
    assertThat(concatenated(dropped, 2)).hasSize(3);
    refused(view(rows).constant(ConstantColumns.DROP).shape(3), "data.shape [3]", "1 feature;");
    load(view(rows).constant(ConstantColumns.DROP).shape(1, 1, 1), 2);

    float[] kept = concatenated(load(view(rows).constant(ConstantColumns.KEEP), 2), 2);
    for (int i = 0; i < 9; i += 3) {
      assertThat(kept[i + 1]).isZero();
      assertThat(kept[i + 2]).isZero();
    }
    // Other scalings need no deviation.
    assertThat(load(view(rows).scaling(Scaling.NONE), 2).features().width()).isEqualTo(3);

    Double[][] same = {{1.0}, {1.0}};
    refused(view(same).constant(ConstantColumns.DROP), "every feature holds one value only");
  }

  @Test
  void tooFewRows() {
    Double[][] one = {{1.0, 2.0}};
    refused(view(one), "table t has 1 row, but training needs at least 2");
    refused(view(one).where("a > 5"), "has 0 rows", "widen source.where");
    Double[][] gaps = {{1.0, null}, {2.0, 1.0}};
    refused(
        view(gaps).missing(MissingValues.DROP),
        "1 row of 2 read, the others dropped for missing values in b (1), but",
        "exclude such columns, set data.missing to mean, or add rows");
  }

  @Test
  void valuesTooLargeForFloats() {
    Double[][] rows = {{1e300, 1.0}, {-1e300, 2.0}, {0.0, 4.0}};
    refused(
        view(rows).scaling(Scaling.NONE),
        "too large to compute with in a (1.0E300 among them);",
        "standard");
    refused(view(rows), "too large to compute with in a (1.0E300 among them); divide");
    Double[][] tiny = {{1e-300, 1.0}, {3e-300, 2.0}, {2e-300, 4.0}};
    refused(view(tiny), "differences too small to compute with in a; multiply");
  }

  @Test
  void problemsComeTogether() {
    Double[][] rows = {{null, 5.0}, {1.0, 5.0}, {2.0, 5.0}};
    assertThatThrownBy(() -> load(view(rows), 2))
        .isInstanceOfSatisfying(DataException.class, e -> assertThat(e.problems()).hasSize(2))
        .hasMessageContainingAll("2 problems", "a (1)", "one value only", "b");
  }

  @Test
  void manyColumnsAreListedInPart() {
    Double[] row = new Double[8];
    refused(view(row, row), "in a (2), b (2), c (2), d (2), e (2) and 3 more");
  }

  @Test
  void arrayColumn() {
    Double[][] rows = {{1.0, 2.0, 3.0, 4.0}, {5.0, 6.0, 7.0, 9.0}, {2.0, 0.0, 0.0, 1.0}};
    ShardedTable table = load(arrays(rows).features("p").scaling(Scaling.NONE), 2);
    assertThat(table.shape()).containsExactly(4);
    assertThat(table.features().isArray()).isTrue();
    assertThat(table.features().featureNames()).containsExactly("p[0]", "p[1]", "p[2]", "p[3]");
    assertThat(concatenated(table, 2))
        .containsExactlyInAnyOrder(1, 2, 3, 4, 5, 6, 7, 9, 2, 0, 0, 1);
    ShardedTable image = load(arrays(rows).features("p").shape(1, 2, 2), 3);
    assertThat(image.shape()).containsExactly(1, 2, 2);
    assertThat(image.features().width()).isEqualTo(4);
  }

  @Test
  void arraysOfWrongLength() {
    Double[][] rows = {{1.0, 2.0}, {5.0, 6.0, 7.0}, {5.0}, {3.0, 4.0}};
    refused(
        arrays(rows).features("p").shape(2),
        "2 of 4 rows hold arrays of lengths from 1 to 3 in p, not 2 as in data.shape");
    Double[][] first = {{1.0, 2.0}, {5.0, 6.0}, {5.0}};
    refused(arrays(first).features("p"), "1 of 3 rows", "length 1 in p, not 2 as in the first row");
    Double[][] empty = {{}, {}};
    refused(arrays(empty).features("p"), "holds empty arrays");
    Double[][] none = {null, null};
    refused(arrays(none).features("p"), "holds no array");
  }

  @Test
  void constantPlacesOfArraysCannotBeDropped() {
    Double[][] rows = {{1.0, 2.0}, {5.0, 2.0}};
    refused(arrays(rows).features("p"), "p[1]");
    refused(
        arrays(rows).features("p").constant(ConstantColumns.DROP),
        "1 place of array column p",
        "data.constantColumns to keep");
  }

  @Test
  void nullArraysAreMissingValues() {
    Double[][] rows = {{1.0, 2.0}, null, {5.0, 3.0}};
    refused(arrays(rows).features("p"), "1 of 3 rows hold nulls", "p[0] (1), p[1] (1)");
    refused(
        arrays(rows).features("p").missing(MissingValues.INDICATOR),
        "; set data.missing to drop or mean; indicator has no place in an array or a shape");
    Double[] ones = Collections.nCopies(150, 1.0).toArray(Double[]::new);
    Double[] twos = Collections.nCopies(150, 2.0).toArray(Double[]::new);
    Sample wide = arrays(ones, null, twos).features("p").missing(MissingValues.MEAN);
    assertThat(load(wide, 2).notices())
        .anyMatch(notice -> notice.endsWith("p[98] (1), p[99] (1) and 50 more"));
    assertThat(load(arrays(rows).features("p").missing(MissingValues.DROP), 2).rowsDropped())
        .isEqualTo(1);
  }

  @Test
  void vectorColumn() {
    Sample sample =
        view(
            new StructType().add("v", SQLDataTypes.VectorType()),
            List.of(
                RowFactory.create(Vectors.dense(new double[] {1, 2, 3})),
                RowFactory.create(Vectors.sparse(3, new int[] {1}, new double[] {7}))));
    ShardedTable table = load(sample.features("v").scaling(Scaling.NONE), 2);
    assertThat(concatenated(table, 2)).containsExactlyInAnyOrder(1, 2, 3, 0, 7, 0);
  }

  @Test
  void namesWithDots() {
    spark
        .sql("select 1.0 as `x.y`, 2.0 as `q``z` union all select 3.0, 4.0")
        .createOrReplaceTempView("t");
    assertThat(load(Sample.table("t"), 2).features().columns()).containsExactly("x.y", "q`z");
  }

  @Test
  void shapeMustHoldTheFeatures() {
    Double[][] rows = {{1.0, 2.0}, {5.0, 3.0}};
    refused(view(rows).shape(1, 3, 3), "data.shape [1, 3, 3] holds 9 values", "2 features");
  }

  private static List<String> texts(float[] packed, int width) {
    List<String> rows = new ArrayList<>();
    for (int at = 0; at < packed.length; at += width) {
      rows.add(Arrays.toString(Arrays.copyOfRange(packed, at, at + width)));
    }
    return rows;
  }

  private static float[] heldOut(ShardedTable table) {
    return heldOut(table.heldOut(), table.features().width());
  }

  private static float[] heldOut(JavaRDD<RowBlock> blocks, int width) {
    List<RowBlock> all = blocks.collect();
    long rows = 0;
    for (RowBlock block : all) {
      assertThat(block.firstRow()).isEqualTo(rows);
      assertThat(block.width()).isEqualTo(width);
      rows += block.rows();
    }
    float[] packed = new float[(int) rows * width];
    int at = 0;
    for (RowBlock block : all) {
      System.arraycopy(block.values(), 0, packed, at, block.values().length);
      at += block.values().length;
    }
    return packed;
  }

  @Test
  void everyRowIsEitherTrainedOnOrHeldOut() {
    List<double[]> rows = awkward(2_000);
    frame(rows).createOrReplaceTempView("t");
    ShardedTable all = load(Sample.table("t").scaling(Scaling.NONE).holdOut(0, 1), 3);
    assertThat(all.heldOutRows()).isZero();
    assertThat(all.heldOutShare()).isZero();
    assertThat(heldOut(all)).isEmpty();
    float[] first = {};
    for (int shards : new int[] {1, 3, 7}) {
      frame(rows).repartition(shards + 1).createOrReplaceTempView("t");
      ShardedTable table = load(Sample.table("t").scaling(Scaling.NONE), shards);
      assertThat(table.rows() + table.heldOutRows()).isEqualTo(rows.size());
      assertThat(table.heldOutRows()).isBetween(150L, 260L);
      assertThat(table.heldOutShare()).isEqualTo(.1);
      assertThat(table.fingerprint()).isEqualTo(all.fingerprint());
      float[] held = heldOut(table);
      first = shards == 1 ? held : first;
      assertThat(bits(held)).isEqualTo(bits(first));
      List<String> trained = texts(concatenated(table, shards), 4);
      List<String> kept = texts(held, 4);
      assertThat(trained).doesNotContainAnyElementsOf(kept); // equal rows go together
      trained.addAll(kept);
      assertThat(trained).containsExactlyInAnyOrderElementsOf(texts(concatenated(all, 3), 4));
      assertThat(table.notices()).anyMatch(text -> text.contains("are held out from training"));
    }
    ShardedTable fewer = load(Sample.table("t").scaling(Scaling.NONE).holdOut(.02, 100_000), 3);
    List<String> few = texts(heldOut(fewer), 4);
    assertThat(few).hasSizeBetween(15, 90);
    assertThat(texts(first, 4)).containsAll(few);
    ShardedTable more = load(Sample.table("t").scaling(Scaling.NONE), 3);
    assertThat(texts(heldOut(more.heldOut(.02), 4), 4)).isEqualTo(few);
    assertThat(more.heldOut(.3)).isSameAs(more.heldOut());
  }

  /** What is trained on, units included, is the same whether or not there are other rows. */
  @Test
  void nothingThatIsTrainedOnIsMadeFromRowsHeldOut() {
    for (MissingValues missing : new MissingValues[] {MissingValues.DROP, MissingValues.MEAN}) {
      List<Row> rows = new ArrayList<>();
      Random random = new Random(4);
      for (int i = 0; i < 1_500; i++) {
        Double gap = random.nextInt(20) == 0 ? null : random.nextGaussian();
        rows.add(RowFactory.create(random.nextGaussian() * 5 + 1, gap));
      }
      StructType two =
          new StructType().add("a", DataTypes.DoubleType).add("b", DataTypes.DoubleType);
      ShardedTable with = load(view(two, rows).missing(missing), 4);
      assertThat(with.heldOutRows()).isGreaterThan(100);
      List<Row> trained =
          rows.stream()
              .filter(
                  row -> {
                    double b = row.isNullAt(1) ? Double.NaN : row.getDouble(1);
                    RowKey key = RowKey.of(new double[] {row.getDouble(0), b});
                    return HoldOut.secondHash(key.hash()) >= .1;
                  })
              .toList();
      ShardedTable without = load(view(two, trained).missing(missing), 4);
      assertThat(without.heldOutRows()).isZero();
      assertThat(without.scaling().offset()).isEqualTo(with.scaling().offset());
      assertThat(without.scaling().scale()).isEqualTo(with.scaling().scale());
      assertThat(without.means()).isEqualTo(with.means());
      assertThat(bits(concatenated(without, 4))).isEqualTo(bits(concatenated(with, 4)));
      ShardedTable every = load(view(two, rows).missing(missing).holdOut(0, 1), 4);
      assertThat(every.scaling().offset()).isNotEqualTo(with.scaling().offset());
    }
  }

  @Test
  void equalRowsWithoutEndBreakNothing() {
    List<double[]> rows = new ArrayList<>();
    for (int i = 0; i < 3_000; i++) {
      rows.add(new double[] {i % 2, i % 2, 1 - i % 2, i % 2});
    }
    frame(rows).createOrReplaceTempView("t");
    for (double fraction : new double[] {.1, .3, .5}) {
      ShardedTable two = load(Sample.table("t").holdOut(fraction, 100_000), 3);
      assertThat(two.rows() + two.heldOutRows()).isEqualTo(3_000);
      assertThat(two.rows()).isGreaterThan(700);
    }
    for (int i = 0; i < 3_000; i++) {
      rows.set(i, new double[] {i % 300, i % 7, i % 300, 0.5 * (i % 300)});
    }
    frame(rows).createOrReplaceTempView("t");
    ShardedTable many = load(Sample.table("t"), 3);
    assertThat(many.heldOutRows()).isBetween(100L, 600L);
    assertThat(heldOut(many)).hasSize((int) many.heldOutRows() * 4);
  }

  @Test
  void theMostIsALimit() {
    frame(awkward(2_000)).createOrReplaceTempView("t");
    ShardedTable few = load(Sample.table("t").holdOut(.1, 50), 3);
    assertThat(few.heldOutRows()).isBetween(25L, 50L);
    assertThat(few.rows() + few.heldOutRows()).isEqualTo(2_001);
    assertThat(heldOut(few)).hasSize((int) few.heldOutRows() * 4);
    assertThat(concatenated(few, 3)).hasSize((int) few.rows() * 4);
  }

  /** A held-out outlier does not affect the units, and is rejected if it overflows floats. */
  @Test
  void rowsHeldOutAreCheckedLikeAllOthers() {
    double far = 1e60;
    while (HoldOut.secondHash(RowKey.of(new double[] {far, 1, 1, 1}).hash()) >= .1) {
      far *= 1.5;
    }
    List<double[]> rows = awkward(300);
    rows.add(new double[] {far, 1, 1, 1});
    frame(rows).createOrReplaceTempView("t");
    refused(Sample.table("t"), "too far from all others to compute with in a;");
    rows.set(rows.size() - 1, new double[] {1, Double.NaN, 1, 1});
    frame(rows).createOrReplaceTempView("t");
    refused(Sample.table("t"), "1 of 302 rows hold nulls");
  }

  @Test
  void columnsThatVaryOnlyInRowsHeldOutAreConstant() {
    List<double[]> rows = new ArrayList<>();
    for (int i = 0; i < 500; i++) {
      for (double d : new double[] {3, 5}) {
        double[] row = {i, i * i % 91, 2, d};
        if (HoldOut.secondHash(RowKey.hash(row)) < .1 == (d == 5)) {
          rows.add(row);
        }
      }
    }
    frame(rows).createOrReplaceTempView("t");
    Sample sample = Sample.table("t");
    refused(sample, "1 feature holds one value only", ": c;");
    ShardedTable kept = load(sample.constant(ConstantColumns.KEEP), 2);
    assertThat(kept.notices())
        .contains("d holds one value only in the rows trained on, and others in rows held out");
    float[] held = heldOut(kept);
    assertThat(held).isNotEmpty();
    for (int at = 0; at < held.length; at += 4) {
      assertThat(held[at + 3]).isEqualTo(2); // 5 − 3, over 1
    }
    assertThat(load(sample.constant(ConstantColumns.DROP), 2).features().columns())
        .containsExactly("a", "b");
  }

  @Test
  void rowsAreBroughtToGivenUnits() {
    frame(awkward(300)).createOrReplaceTempView("t");
    ShardedTable own = load(Sample.table("t"), 2);
    Units units =
        new Units(
            List.of("d", "a"),
            new FeatureScaling(new double[] {1, 2}, new double[] {1e-6, 4}),
            new double[] {7, 8});
    ShardedTable given =
        ShardedTable.of(
            spark.table("t"), Sample.table("t").settings(), 2, Optional.of(units), Phases.silent());
    open.add(given);
    assertThat(given.features().columns()).containsExactly("d", "a");
    assertThat(given.leftOut()).containsEntry("b", "not in the units given").containsKey("c");
    assertThat(given.scaling()).isEqualTo(units.scaling());
    assertThat(given.means()).containsExactly(7, 8);
    assertThat(given.heldOutRows()).isEqualTo(own.heldOutRows());
    float[] a = concatenated(given, 2);
    float[] b = concatenated(own, 2);
    for (int i = 0; i < given.rows(); i++) {
      double raw = own.scaling().toTable(0, b[4 * i]);
      assertThat((double) a[2 * i + 1]).isCloseTo((raw - 2) / 4, within(1e-5));
    }
    Units other = new Units(List.of("z"), FeatureScaling.identity(1), new double[1]);
    assertThatThrownBy(
            () ->
                ShardedTable.of(
                    spark.table("t"),
                    Sample.table("t").settings(),
                    2,
                    Optional.of(other),
                    Phases.silent()))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("the table lacks z, which the model that training starts from has");
  }

  /** Scoring gives such rows no energy, and so no threshold is made from them. */
  @Test
  void rowsThatGivenUnitsHaveNoInputsForAreLeftOut() {
    spark
        .range(100)
        .selectExpr(
            "IF(id < 10, NULL, id * 1.0) AS a",
            "IF(id < 20, NULL, id % 7 * 1.0) AS b",
            "IF(id < 30, NULL, id % 3 * 1.0) AS c")
        .createOrReplaceTempView("t");
    Units units =
        new Units(
            List.of("a", "b"),
            Map.of("b", new Numeric(0, true)),
            FeatureScaling.identity(3),
            new double[3]);
    Sample indicated = Sample.table("t").missing(MissingValues.INDICATOR);
    ShardedTable given =
        ShardedTable.of(
            spark.table("t"), indicated.settings(), 2, Optional.of(units), Phases.silent());
    open.add(given);
    assertThat(given.rowsDropped()).isEqualTo(10);
    assertThat(given.rows() + given.heldOutRows()).isEqualTo(90);
    assertThat(given.notices())
        .contains("missing, and the model is told so: b (20)")
        .anyMatch(it -> it.contains("will have no energy: a (10); train with fresh weights"))
        .noneMatch(it -> it.contains("the mean put in"));
    assertThat(load(indicated, 2).rowsDropped()).isZero();
  }

  @Test
  void shardsMustFitArrays() {
    TableChecks.checkShardSizes(new long[] {0, TableChecks.LARGEST_SHARD}, 1);
    for (long rows : new long[] {TableChecks.LARGEST_SHARD / 30 + 1, 1L << 62}) {
      assertThatThrownBy(() -> TableChecks.checkShardSizes(new long[] {5, rows}, 30))
          .isInstanceOf(DataException.class)
          .hasMessageContainingAll(
              "of 2 shards", rows + " rows of 30 values", "raise training.shards");
    }
    assertThatThrownBy(() -> ShardedTable.load(spark, Sample.table("t").settings(), 0))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
