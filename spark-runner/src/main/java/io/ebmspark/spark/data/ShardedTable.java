package io.ebmspark.spark.data;

import io.ebmspark.core.data.FeatureScaling;
import io.ebmspark.core.data.RowBlock;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.storage.StorageLevel;
import scala.Tuple2;

/**
 * A table made ready for training: validated, in its canonical order (see {@link RowKey}), scaled,
 * packed, cut into shards and cached.
 *
 * <p>The source is read once and shuffled once. Statistics are taken shard by shard and merged in
 * the shards' order, so the same table and number of shards give the same bits on any cluster.
 */
public final class ShardedTable implements AutoCloseable {
  private final JavaRDD<RowBlock> shards;
  private final FeatureExtractor features;
  private final long[] shape;
  private final FeatureScaling scaling;
  private final ColumnStatistics statistics;
  private final long rows;
  private final String fingerprint;

  private ShardedTable(
      JavaRDD<RowBlock> shards,
      FeatureExtractor features,
      long[] shape,
      FeatureScaling scaling,
      ColumnStatistics statistics,
      long rows,
      String fingerprint) {
    this.shards = shards;
    this.features = features;
    this.shape = shape;
    this.scaling = scaling;
    this.statistics = statistics;
    this.rows = rows;
    this.fingerprint = fingerprint;
  }

  /**
   * Reads, validates and shards a table.
   *
   * @param shardCount number of shards; a setting of the run, whatever the cluster
   * @throws DataException with all that is wrong with the table
   */
  public static ShardedTable load(SparkSession spark, DataSettings settings, int shardCount) {
    JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
    context.setJobDescription("reading the training table");
    try {
      return new Loading(spark, settings, shardCount).load();
    } finally {
      context.setJobDescription(null);
    }
  }

  /** One RowBlock a partition, one partition a shard, in order; cached. */
  public JavaRDD<RowBlock> shards() {
    return shards;
  }

  /** The columns the features come from. */
  public FeatureExtractor features() {
    return features;
  }

  /** Values per row. */
  public int width() {
    return scaling.width();
  }

  /** The shape of one row, as models see it. */
  public long[] shape() {
    return shape.clone();
  }

  /** The map between the table's units and the model's. */
  public FeatureScaling scaling() {
    return scaling;
  }

  /** The mean of each feature, in the table's units. */
  public double[] means() {
    return statistics.mean.clone();
  }

  /** The number of rows trained on. */
  public long rows() {
    return rows;
  }

  /** The number of rows left out for lack of a number. */
  public long droppedRows() {
    return statistics.rows - rows;
  }

  /** The number of values the feature's mean stands in for. */
  public long imputedValues() {
    return droppedRows() > 0 ? 0 : Arrays.stream(statistics.missing).sum();
  }

  /** A digest of columns and rows, whatever their order, files and shards: 64 hex digits. */
  public String fingerprint() {
    return fingerprint;
  }

  /** Gives the cache back. */
  @Override
  public void close() {
    shards.unpersist();
  }

  /** The steps of loading, which share their findings. */
  private static final class Loading {
    private final DataSettings settings;
    private final int shardCount;
    private final Dataset<Row> table;
    private FeatureExtractor features;

    Loading(SparkSession spark, DataSettings settings, int shardCount) {
      this.settings = settings;
      this.shardCount = shardCount;
      this.table = TableReader.read(spark, settings.source());
      this.features = FeatureExtractor.resolve(table.schema(), settings);
    }

    ShardedTable load() {
      JavaRDD<double[]> ordered = ordered(features);
      List<ColumnStatistics> perShard = statistics(ordered);
      ColumnStatistics total = merged(perShard);
      List<String> constants = validate(total);
      if (!constants.isEmpty() && settings.constantColumns() == ConstantColumns.DROP) {
        features = features.without(table.schema(), constants);
        if (features.columns().isEmpty()) {
          throw new DataException("every column is constant: " + constants);
        }
        ordered = ordered(features);
        perShard = statistics(ordered);
        total = merged(perShard);
      }
      return packed(ordered, perShard, total);
    }

    private ColumnStatistics merged(List<ColumnStatistics> perShard) {
      int width = perShard.stream().mapToInt(shard -> shard.mean.length).max().orElse(0);
      ColumnStatistics total = new ColumnStatistics(width);
      for (ColumnStatistics shard : perShard) {
        if (shard.rows > 0) {
          total.merge(shard);
        }
      }
      return total;
    }

    /** The raw rows in their canonical order, one partition a shard. */
    private JavaRDD<double[]> ordered(FeatureExtractor extractor) {
      JavaPairRDD<RowKey, Boolean> keyed =
          table.javaRDD().mapToPair(row -> new Tuple2<>(new RowKey(extractor.extract(row)), true));
      return keyed
          .repartitionAndSortWithinPartitions(
              new RowKey.ByRange(shardCount), Comparator.<RowKey>naturalOrder())
          .map(pair -> pair._1().values());
    }

    private List<ColumnStatistics> statistics(JavaRDD<double[]> ordered) {
      try {
        boolean drop = settings.missing() == MissingValues.DROP;
        return ordered.mapPartitions(rows -> shardStatistics(rows, drop)).collect();
      } catch (Exception e) {
        throw DataException.inside(e)
            .orElseGet(() -> TableReader.failure("the table cannot be read", e));
      }
    }

    private static Iterator<ColumnStatistics> shardStatistics(
        Iterator<double[]> rows, boolean skipIncomplete) {
      ColumnStatistics statistics = null;
      MessageDigest sha = ColumnStatistics.sha256();
      while (rows.hasNext()) {
        double[] row = rows.next();
        if (statistics == null) {
          statistics = new ColumnStatistics(row.length);
        }
        if (row.length != statistics.mean.length) {
          throw new DataException(
              "rows differ in their number of features: one has "
                  + row.length
                  + ", another "
                  + statistics.mean.length
                  + "; filter such rows with data.source.where");
        }
        statistics.add(row, skipIncomplete);
        statistics.addDigest(row, sha);
      }
      return List.of(statistics == null ? new ColumnStatistics(0) : statistics).iterator();
    }

    /**
     * Everything that can be wrong, in one message.
     *
     * @return the constant columns
     */
    private List<String> validate(ColumnStatistics total) {
      int width = total.mean.length;
      List<String> problems = new ArrayList<>();
      if (total.rows == 0) {
        throw new DataException(
            "the table has no rows"
                + settings.source().where().map(w -> " where " + w).orElse("")
                + "; check data.source");
      }
      if (total.incompleteRows > 0 && settings.missing() == MissingValues.ERROR) {
        problems.add(
            total.incompleteRows
                + " of "
                + total.rows
                + " rows lack a number ("
                + worst(total.missing)
                + "); set data.missing to drop or mean, or filter them");
      }
      long kept =
          total.rows - (settings.missing() == MissingValues.DROP ? total.incompleteRows : 0);
      if (kept < 2) {
        problems.add("only " + kept + " usable rows are left; training needs at least 2");
      }
      List<String> empty =
          IntStream.range(0, width)
              .filter(i -> total.present[i] == 0)
              .mapToObj(features::featureName)
              .toList();
      if (!empty.isEmpty()) {
        problems.add("no row has a number in " + shortened(empty) + "; exclude them");
      }
      List<String> constants =
          settings.scaling() != Scaling.STANDARD || kept < 2
              ? List.of()
              : IntStream.range(0, width)
                  .filter(i -> total.present[i] > 0 && total.isConstant(i))
                  .mapToObj(features::featureName)
                  .toList();
      boolean refuse =
          settings.constantColumns() == ConstantColumns.ERROR
              || settings.constantColumns() == ConstantColumns.DROP && features.isPacked();
      if (!constants.isEmpty() && refuse) {
        problems.add(
            "one value only is in "
                + shortened(constants)
                + ", which cannot be standardised; exclude them, or set data.constantColumns to "
                + (features.isPacked() ? "keep" : "drop or keep"));
      }
      if (settings.scaling() == Scaling.RANGE) {
        checkRange(total, problems);
      }
      long product = settings.shape().stream().reduce(1L, (a, b) -> a * b);
      if (!settings.shape().isEmpty() && product != width) {
        problems.add(
            "data.shape "
                + settings.shape()
                + " has "
                + product
                + " values, and a row of the table has "
                + width);
      }
      if (!problems.isEmpty()) {
        throw new DataException(String.join("; ", problems));
      }
      return constants;
    }

    private void checkRange(ColumnStatistics total, List<String> problems) {
      double lowest = Arrays.stream(total.lowest).min().orElse(0);
      double highest = Arrays.stream(total.highest).max().orElse(0);
      if (lowest < settings.range().get(0) || highest > settings.range().get(1)) {
        problems.add(
            "values go from "
                + lowest
                + " to "
                + highest
                + ", beyond data.range "
                + settings.range());
      }
    }

    private String worst(long[] missing) {
      return IntStream.range(0, missing.length)
          .boxed()
          .filter(i -> missing[i] > 0)
          .sorted(Comparator.comparingLong(i -> -missing[i]))
          .limit(5)
          .map(i -> features.featureName(i) + ": " + missing[i])
          .reduce((a, b) -> a + ", " + b)
          .orElse("none");
    }

    private static String shortened(List<String> names) {
      return names.size() <= 8
          ? names.toString()
          : names.subList(0, 8) + " and " + (names.size() - 8) + " more";
    }

    private ShardedTable packed(
        JavaRDD<double[]> ordered, List<ColumnStatistics> perShard, ColumnStatistics total) {
      FeatureScaling scaling = scaling(total);
      boolean drop = settings.missing() == MissingValues.DROP;
      long[] firstRows = new long[shardCount];
      long next = 0;
      for (int shard = 0; shard < shardCount; shard++) {
        firstRows[shard] = next;
        ColumnStatistics counts = perShard.get(shard);
        long count = counts.rows - (drop ? counts.incompleteRows : 0);
        if (count * scaling.width() > Integer.MAX_VALUE - 8) {
          throw new DataException(
              "shard "
                  + shard
                  + " would hold "
                  + count
                  + " rows of "
                  + scaling.width()
                  + " values, more than one array can; raise training.shards above "
                  + shardCount);
        }
        next += count;
      }
      double[] means = total.mean;
      long[] expected = new long[shardCount];
      for (int shard = 0; shard < shardCount; shard++) {
        expected[shard] = (shard + 1 < shardCount ? firstRows[shard + 1] : next) - firstRows[shard];
      }
      JavaRDD<RowBlock> shards =
          ordered
              .mapPartitionsWithIndex(
                  (shard, rows) ->
                      List.of(
                              pack(
                                  rows,
                                  firstRows[shard],
                                  (int) expected[shard],
                                  scaling,
                                  means,
                                  drop))
                          .iterator(),
                  true)
              .persist(StorageLevel.MEMORY_AND_DISK());
      long[] shape =
          settings.shape().isEmpty()
              ? new long[] {scaling.width()}
              : settings.shape().stream().mapToLong(Long::longValue).toArray();
      return new ShardedTable(
          shards, features, shape, scaling, total, next, fingerprint(total, next));
    }

    private static RowBlock pack(
        Iterator<double[]> rows,
        long firstRow,
        int count,
        FeatureScaling scaling,
        double[] means,
        boolean dropIncomplete) {
      int width = scaling.width();
      float[] values = new float[count * width];
      int at = 0;
      while (rows.hasNext()) {
        double[] row = rows.next();
        boolean complete = true;
        for (int i = 0; i < width; i++) {
          if (!Double.isFinite(row[i])) {
            complete = false;
            row[i] = means[i];
          }
        }
        if (complete || !dropIncomplete) {
          for (int i = 0; i < width; i++) {
            values[at++] = scaling.toModel(i, row[i]);
          }
        }
      }
      if (at != values.length) {
        throw new DataException(
            "the table changed while it was read: " + at / width + " rows, first " + count);
      }
      return new RowBlock(firstRow, width, values);
    }

    private FeatureScaling scaling(ColumnStatistics total) {
      int width = total.mean.length;
      double[] offset = new double[width];
      double[] scale = new double[width];
      for (int i = 0; i < width; i++) {
        switch (settings.scaling()) {
          case STANDARD -> {
            offset[i] = total.mean[i];
            scale[i] = total.isConstant(i) ? 1 : total.standardDeviation(i);
          }
          case RANGE -> {
            double lowest = settings.range().get(0);
            double highest = settings.range().get(1);
            offset[i] = (lowest + highest) / 2;
            scale[i] = (highest - lowest) / 2;
          }
          case NONE -> scale[i] = 1;
        }
      }
      return new FeatureScaling(offset, scale);
    }

    private String fingerprint(ColumnStatistics total, long rows) {
      String text = features.columns() + " " + rows + " " + total.digests.toString(16);
      byte[] digest = ColumnStatistics.sha256().digest(text.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest);
    }
  }
}
