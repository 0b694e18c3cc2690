package io.ebmspark.spark.data.shards;

import io.ebmspark.core.data.FeatureScaling;
import io.ebmspark.core.data.RowBlock;
import io.ebmspark.core.data.Sha256;
import io.ebmspark.spark.Laps;
import io.ebmspark.spark.data.DataException;
import io.ebmspark.spark.data.DataSettings;
import io.ebmspark.spark.data.MissingValues;
import io.ebmspark.spark.data.Names;
import io.ebmspark.spark.data.features.ColumnChoice;
import io.ebmspark.spark.data.features.FeatureExtractor;
import io.ebmspark.spark.data.features.FeatureResolver;
import io.ebmspark.spark.data.features.Features;
import io.ebmspark.spark.data.features.WrongLengthException;
import io.ebmspark.spark.data.read.TableReader;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.storage.StorageLevel;
import scala.Tuple2;

/**
 * A table ready to train on: its rows in canonical order, cut into logical shards, held by the
 * executors.
 *
 * <p>The order depends on what the rows hold alone (see {@link RowKey}): not on files, their number
 * or the order in them, nor on splits, parallelism, executors, or the number of shards, which only
 * decides where the order is cut. Rows that are equal may make shards uneven; they cannot be cut
 * apart.
 */
public final class ShardedTable implements AutoCloseable {
  private final JavaRDD<RowBlock> shards;
  private final ColumnChoice choice;
  private final List<String> warnings;
  private final long[] shape;
  private final FeatureScaling scaling;
  private final double[] means;
  private final String fingerprint;
  private final TableSummary summary;
  private final long valuesImputed;

  private ShardedTable(
      JavaRDD<RowBlock> shards,
      ColumnChoice choice,
      List<String> warnings,
      long[] shape,
      FeatureScaling scaling,
      double[] means,
      String fingerprint,
      TableSummary summary,
      long valuesImputed) {
    this.shards = shards;
    this.choice = choice;
    this.warnings = List.copyOf(warnings);
    this.shape = shape;
    this.scaling = scaling;
    this.means = means;
    this.fingerprint = fingerprint;
    this.summary = summary;
    this.valuesImputed = valuesImputed;
  }

  /** Reads the table that settings name, as {@link #of} does. */
  public static ShardedTable load(SparkSession spark, DataSettings settings, int shards) {
    return of(TableReader.read(spark, settings.source()), settings, shards);
  }

  /** The same as the method below, untimed. */
  public static ShardedTable of(Dataset<Row> table, DataSettings settings, int shards) {
    return of(table, settings, shards, Laps.silent());
  }

  /**
   * Checks, orders, scales and caches rows: one pass over the source and one shuffle, by two jobs
   * (and short ones for the length of an array that no shape tells, and for text that a pattern of
   * features meets).
   *
   * @param settings whose source names the rows in messages
   * @param shards the number of logical shards
   * @param laps are ended for the choice of columns, for the job that reads, orders and checks, and
   *     for the job that packs
   * @throws DataException if the table cannot be read or is not fit to train on
   */
  public static ShardedTable of(Dataset<Row> table, DataSettings settings, int shards, Laps laps) {
    if (shards < 1) {
      throw new IllegalArgumentException("shards must be positive, got " + shards);
    }
    JavaSparkContext context =
        JavaSparkContext.fromSparkContext(table.sparkSession().sparkContext());
    try {
      context.setJobDescription("looking at the columns of " + settings.source().describe());
      ColumnChoice choice = FeatureResolver.resolve(table, settings);
      Features features = choice.features();
      if (!features.hasWidth()) {
        context.setJobDescription("finding the length of " + features.columns().get(0));
        features = features.withWidth(arrayLength(table, features, settings));
      }
      if (features.isArray() || !settings.mayDropColumns()) {
        TableChecks.checkShape(settings, features.width());
      }
      laps.end("columns");
      return load(context, settings, shards, table, choice, features, laps);
    } finally {
      context.setJobDescription(null);
    }
  }

  private static ShardedTable load(
      JavaSparkContext context,
      DataSettings settings,
      int shards,
      Dataset<Row> table,
      ColumnChoice choice,
      Features features,
      Laps laps) {
    JavaPairRDD<RowKey, Boolean> sorted =
        sorted(table.select(features.selection()), features, shards);
    context.setJobDescription("reading and checking " + settings.source().describe());
    List<TableSummary> summaries = summaries(sorted, settings, features.width());
    TableSummary whole = new TableSummary(features.width(), settings);
    summaries.forEach(whole::merge);
    TableChecks.checkValues(settings, features, whole, new FaultyRow(table, features, settings));

    int[] kept = kept(settings, features, whole);
    TableChecks.checkShape(settings, kept.length);
    long[] rows = summaries.stream().mapToLong(summary -> summary.rowsKept).toArray();
    TableChecks.checkShardSizes(rows, kept.length);
    laps.end("read, order, check");
    FeatureScaling scaling = scaling(settings, whole, kept);
    ShardPacker packer = new ShardPacker(whole.dropMissing, rows, kept, whole.mean, scaling);

    context.setJobDescription(
        "packing " + Names.count(shards, "shard") + " of " + settings.source().describe());
    // The shuffle's files serve this second job, so that no more than packed rows is ever held.
    JavaRDD<RowBlock> blocks =
        sorted.mapPartitionsWithIndex(packer, true).persist(StorageLevel.MEMORY_AND_DISK());
    try {
      blocks.count();
      laps.end("pack");
    } catch (Throwable e) {
      blocks.unpersist(false);
      throw e;
    }
    Map<String, String> leftOut = new LinkedHashMap<>(choice.leftOut());
    if (kept.length < features.width()) {
      Set<Integer> left = IntStream.of(kept).boxed().collect(Collectors.toSet());
      IntStream.range(0, features.width())
          .filter(i -> !left.contains(i))
          .forEach(i -> leftOut.put(features.columns().get(i), "one value only"));
    }
    return new ShardedTable(
        blocks,
        new ColumnChoice(
            kept.length == features.width() ? features : features.keep(kept),
            leftOut,
            choice.byPattern()),
        RowIndex.warnings(choice, whole),
        shape(settings, kept.length),
        scaling,
        Arrays.stream(kept).mapToDouble(i -> whole.mean[i]).toArray(),
        whole.fingerprint(features.featureNames()),
        whole,
        settings.missing() == MissingValues.MEAN ? whole.missingValues() : 0);
  }

  /** The rows, with their missing values and wrong lengths, in canonical order. */
  private static JavaPairRDD<RowKey, Boolean> sorted(
      Dataset<Row> selected, Features features, int shards) {
    FeatureExtractor extractor = new FeatureExtractor(features, 0);
    // The key is all there is to a row. Faulty rows travel too: only what arrives in a shard is
    // counted exactly, however often Spark runs a task that reads.
    return selected
        .toJavaRDD()
        .mapToPair(row -> new Tuple2<>(key(extractor, row), Boolean.TRUE))
        .repartitionAndSortWithinPartitions(new HashRanges(shards), new RowKey.Order());
  }

  private static RowKey key(FeatureExtractor extractor, Row row) {
    try {
      return RowKey.of(extractor.extract(row));
    } catch (WrongLengthException e) {
      return RowKey.ofWrongLength(e.length());
    }
  }

  private static List<TableSummary> summaries(
      JavaPairRDD<RowKey, Boolean> sorted, DataSettings settings, int width) {
    // What a task needs of the settings, which are not serialisable.
    TableSummary kind = new TableSummary(width, settings);
    try {
      return sorted.mapPartitions(rows -> List.of(summary(kind, rows)).iterator()).collect();
    } catch (Exception e) {
      throw TableReader.whileReading(settings.source(), e);
    }
  }

  private static TableSummary summary(TableSummary kind, Iterator<Tuple2<RowKey, Boolean>> rows) {
    MessageDigest sha = Sha256.digest();
    ByteBuffer buffer = ByteBuffer.allocate(kind.width() * Double.BYTES);
    TableSummary summary = kind.empty();
    while (rows.hasNext()) {
      summary.add(rows.next()._1(), sha, buffer);
    }
    return summary;
  }

  private static int arrayLength(Dataset<Row> table, Features features, DataSettings settings) {
    Dataset<Row> selected = table.select(features.selection());
    List<Row> first;
    try {
      Column array = Features.quoted(features.columns().get(0));
      first = selected.where(array.isNotNull()).takeAsList(1);
    } catch (Exception e) {
      throw TableReader.whileReading(settings.source(), e);
    }
    int length = first.isEmpty() ? 0 : FeatureExtractor.arrayLength(first.get(0));
    if (length == 0) {
      throw new DataException(
          "column "
              + features.columns().get(0)
              + " of "
              + settings.source().describe()
              + (first.isEmpty() ? " holds no array" : " holds empty arrays")
              + "; give a table with rows, or set data.shape");
    }
    return length;
  }

  private static int[] kept(DataSettings settings, Features features, TableSummary found) {
    IntStream all = IntStream.range(0, found.width());
    if (!settings.mayDropColumns()) {
      return all.toArray();
    }
    int[] kept = all.filter(i -> !found.isConstant(i)).toArray();
    if (features.isArray() && kept.length < found.width()) {
      throw new DataException(
          Names.count(found.width() - kept.length, "place")
              + " of array column "
              + features.columns().get(0)
              + " hold one value only and cannot be dropped from it; set data.constantColumns to"
              + " keep, or data.scaling to range or none");
    }
    return kept;
  }

  private static FeatureScaling scaling(DataSettings settings, TableSummary found, int[] kept) {
    double[] offset = new double[kept.length];
    double[] scale = new double[kept.length];
    Arrays.fill(scale, 1);
    for (int i = 0; i < kept.length; i++) {
      switch (settings.scaling()) {
        case STANDARD -> {
          boolean constant = found.isConstant(kept[i]);
          offset[i] = constant ? found.min[kept[i]] : found.mean[kept[i]];
          scale[i] = constant ? 1 : found.deviation(kept[i]);
        }
        case RANGE -> {
          // Halves first: the sum or difference of two large numbers may overflow.
          offset[i] = settings.range().get(0) / 2 + settings.range().get(1) / 2;
          scale[i] = settings.range().get(1) / 2 - settings.range().get(0) / 2;
        }
        case NONE -> {}
      }
    }
    return new FeatureScaling(offset, scale);
  }

  private static long[] shape(DataSettings settings, int width) {
    return settings.shape().isEmpty()
        ? new long[] {width}
        : settings.shape().stream().mapToLong(Integer::longValue).toArray();
  }

  /** One block a partition, one partition a shard, in the order of the rows; cached. */
  public JavaRDD<RowBlock> shards() {
    return shards;
  }

  /** The number of rows to train on. */
  public long rows() {
    return summary.rowsKept;
  }

  /** The features, less constant columns dropped. */
  public Features features() {
    return choice.features();
  }

  /** Columns that settings met and left out, and why. */
  public Map<String, String> leftOut() {
    return choice.leftOut();
  }

  /** What a person should know of the columns: which are used, which are not, which look odd. */
  public List<String> notices() {
    List<String> notices = new ArrayList<>(List.of(choice.describe()));
    notices.addAll(warnings);
    return notices;
  }

  /** The shape of a row. */
  public long[] shape() {
    return shape.clone();
  }

  /** The map from the table's units to the model's. */
  public FeatureScaling scaling() {
    return scaling;
  }

  /** The mean of each feature's present values, in the table's units: what imputation puts in. */
  public double[] means() {
    return means.clone();
  }

  /**
   * A hash of the rows to train on, in the table's units, and of their columns' names: the same for
   * the same rows, however they are stored, read or cut into shards.
   */
  public String fingerprint() {
    return fingerprint;
  }

  /** The number of rows that met the filter. */
  public long rowsRead() {
    return summary.rowsRead;
  }

  /** The number of rows left out for missing values. */
  public long rowsDropped() {
    return summary.rowsRead - summary.rowsKept;
  }

  /** The number of values replaced by means. */
  public long valuesImputed() {
    return valuesImputed;
  }

  /** Lets go of the executors' memory. */
  @Override
  public void close() {
    shards.unpersist(false);
  }
}
