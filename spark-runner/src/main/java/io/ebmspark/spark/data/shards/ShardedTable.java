package io.ebmspark.spark.data.shards;

import io.ebmspark.core.data.FeatureScaling;
import io.ebmspark.core.data.RowBlock;
import io.ebmspark.core.data.Sha256;
import io.ebmspark.spark.Laps;
import io.ebmspark.spark.data.DataException;
import io.ebmspark.spark.data.DataSettings;
import io.ebmspark.spark.data.MissingValues;
import io.ebmspark.spark.data.Names;
import io.ebmspark.spark.data.Scaling;
import io.ebmspark.spark.data.encoding.RowEncoder;
import io.ebmspark.spark.data.features.ArrayLength;
import io.ebmspark.spark.data.features.ColumnChoice;
import io.ebmspark.spark.data.features.FeatureExtractor;
import io.ebmspark.spark.data.features.Features;
import io.ebmspark.spark.data.features.WrongLengthException;
import io.ebmspark.spark.data.read.TableReader;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
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
  /** Why a feature was left out after rows were read, and so after they were hashed. */
  public static final String ONE_VALUE = "one value only";

  /** The same. */
  public static final String NOT_IN_UNITS = "not in the units given";

  private final SortedRows sorted;
  private final JavaRDD<RowBlock> shards;
  private final JavaRDD<RowBlock> heldOut;
  private final Features read;
  private final ColumnChoice choice;
  private final List<String> notices;
  private final long[] shape;
  private final String fingerprint;
  private final TableSummary summary;
  private final long valuesImputed;

  private ShardedTable(
      SortedRows sorted,
      JavaRDD<RowBlock> shards,
      Features read,
      ColumnChoice choice,
      List<String> notices,
      long[] shape,
      String fingerprint,
      TableSummary summary,
      long valuesImputed) {
    this.sorted = sorted;
    this.shards = shards;
    // Computed when it is first asked for.
    this.heldOut = sorted.heldOut().persist(StorageLevel.MEMORY_AND_DISK());
    this.read = read;
    this.choice = choice;
    this.notices = List.copyOf(notices);
    this.shape = shape;
    this.fingerprint = fingerprint;
    this.summary = summary;
    this.valuesImputed = valuesImputed;
  }

  /**
   * The rows in canonical order, in the shuffle's files, and how they become blocks.
   *
   * @param heldOutRows of each shard
   * @param kept which of the table's features the units are of
   * @param takesMissing of the table's features, whether a missing value is one among others
   */
  private record SortedRows(
      JavaPairRDD<RowKey, Boolean> rows,
      boolean dropMissing,
      HoldOut holdOut,
      long[] trainedRows,
      long[] heldOutRows,
      int[] kept,
      boolean[] takesMissing,
      Units units) {
    JavaRDD<RowBlock> trained() {
      return packed(holdOut, false, trainedRows);
    }

    JavaRDD<RowBlock> heldOut() {
      return packed(holdOut, true, heldOutRows);
    }

    /** The rows held out under a smaller share than this table's. */
    JavaRDD<RowBlock> heldOut(HoldOut fewer) {
      boolean drop = dropMissing;
      boolean[] takes = takesMissing;
      List<Long> counts =
          rows.mapPartitions(shard -> List.of(count(shard, fewer, drop, takes)).iterator())
              .collect();
      return packed(fewer, true, counts.stream().mapToLong(Long::longValue).toArray());
    }

    private static long count(
        Iterator<Tuple2<RowKey, Boolean>> shard,
        HoldOut holdOut,
        boolean dropMissing,
        boolean[] takesMissing) {
      long count = 0;
      while (shard.hasNext()) {
        RowKey row = shard.next()._1();
        boolean isDropped = dropMissing && TableSummary.anyMissing(row.values(), takesMissing);
        count += holdOut.holds(row) && !isDropped ? 1 : 0;
      }
      return count;
    }

    private JavaRDD<RowBlock> packed(HoldOut held, boolean packsHeldOut, long[] counts) {
      return rows.mapPartitionsWithIndex(
          new ShardPacker(
              dropMissing, held, packsHeldOut, counts, kept, takesMissing, units.encoder()),
          true);
    }
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
   * Checks, orders, scales and caches rows, less those held out: one pass over the source and one
   * shuffle, by two jobs (and short ones for the length of an array that no shape tells and for
   * text that may be numbers, and one pass that counts text).
   *
   * @param settings whose source names the rows in messages
   * @param shards the number of logical shards
   * @param laps are ended for the choice of columns, for the job that reads, orders and checks, and
   *     for the job that packs
   * @throws DataException if the table cannot be read or is not fit to train on
   */
  public static ShardedTable of(Dataset<Row> table, DataSettings settings, int shards, Laps laps) {
    return of(table, settings, shards, Optional.empty(), laps);
  }

  /**
   * The same in given units, such as those of a model whose training goes on.
   *
   * @param given features that the table must have, and their scaling; whatever else the settings
   *     meet is left out. If empty, the units are this table's own: its means and deviations
   */
  public static ShardedTable of(
      Dataset<Row> table, DataSettings settings, int shards, Optional<Units> given, Laps laps) {
    if (shards < 1) {
      throw new IllegalArgumentException("shards must be positive, got " + shards);
    }
    JavaSparkContext context =
        JavaSparkContext.fromSparkContext(table.sparkSession().sparkContext());
    try {
      context.setJobDescription("looking at the columns of " + settings.source().describe());
      TableColumns columns =
          given.isPresent()
              ? TableColumns.of(table, settings, given.get())
              : TableColumns.of(table, settings);
      Features features = columns.choice().features();
      if (!features.hasWidth()) {
        context.setJobDescription("finding the length of " + features.columns().get(0));
        columns = columns.withWidth(arrayLength(table, features, settings));
        features = columns.choice().features();
      }
      boolean mayDiffer =
          settings.mayDropColumns() || given.isPresent() || !features.kinds().isEmpty();
      if (features.isArray() || !mayDiffer) {
        TableChecks.checkShape(settings, features.width());
      }
      laps.end("columns");
      return load(context, settings, shards, table, columns, given, laps);
    } finally {
      context.setJobDescription(null);
    }
  }

  private static ShardedTable load(
      JavaSparkContext context,
      DataSettings settings,
      int shards,
      Dataset<Row> table,
      TableColumns columns,
      Optional<Units> given,
      Laps laps) {
    ColumnChoice choice = columns.choice();
    Features features = choice.features();
    MissingValues missing = missing(settings, features);
    boolean[] takesMissing = columns.takesMissing(given.map(Units::encodings).orElse(Map.of()));
    TableSummary whole =
        new TableSummary(
            features.width(),
            settings,
            takesMissing,
            columns.areTimes(),
            columns.counters(settings));
    JavaPairRDD<RowKey, Boolean> sorted = sorted(features.select(table), features, shards);
    context.setJobDescription("reading and checking " + settings.source().describe());
    List<TableSummary> summaries = summaries(sorted, settings, whole.empty());
    summaries.forEach(whole::merge);
    HoldOut holdOut = holdOut(settings, whole);
    Moments trained = holdOut.isNone() ? whole.all : whole.trained;
    TableChecks.checkValues(
        settings,
        missing,
        features,
        whole,
        trained,
        given.isPresent(),
        new FaultyRow(table, features, settings));

    List<String> names = features.featureNames();
    int[] kept =
        given.isPresent()
            ? places(given.get(), features)
            : kept(settings, missing, features, whole, trained);
    Units units =
        given.orElseGet(
            () ->
                UnitsOfRows.of(
                    settings, missing, columns, features, whole, holdOut.isNone(), kept));
    int inputs = units.scaling().width();
    TableChecks.checkShape(settings, inputs);
    TableChecks.checkUnits(units, whole, kept);
    long[] heldOutRows = summaries.stream().mapToLong(found -> found.heldOut(holdOut)).toArray();
    long[] trainedRows =
        summaries.stream().mapToLong(found -> found.all.rows - found.heldOut(holdOut)).toArray();
    TableChecks.checkShardSizes(trainedRows, inputs);
    TableChecks.checkShardSizes(heldOutRows, inputs);
    laps.end("read, order, check");
    SortedRows rows =
        new SortedRows(
            sorted,
            whole.dropMissing,
            holdOut,
            trainedRows,
            heldOutRows,
            kept,
            takesMissing,
            units);

    context.setJobDescription(
        "packing " + Names.count(shards, "shard") + " of " + settings.source().describe());
    // The shuffle's files serve this second job, so that no more than packed rows is ever held.
    JavaRDD<RowBlock> blocks = rows.trained().persist(StorageLevel.MEMORY_AND_DISK());
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
          .forEach(i -> leftOut.put(names.get(i), given.isPresent() ? NOT_IN_UNITS : ONE_VALUE));
    }
    List<String> notices = new ArrayList<>();
    ColumnChoice kind =
        new ColumnChoice(
            features.isArray() ? features : features.keep(kept), leftOut, choice.byPattern());
    notices.add(kind.describe());
    notices.addAll(columns.notices(units.encodings()));
    notices.addAll(missingNotices(missing, names, units, whole));
    notices.addAll(RowIndex.warnings(choice, whole.all));
    if (given.isEmpty()) {
      notices.addAll(onlyHeldOut(settings, names, whole, trained));
    }
    notices.addAll(
        HoldOut.notices(settings.holdOut(), whole.all.rows, LongStream.of(heldOutRows).sum()));
    return new ShardedTable(
        rows,
        blocks,
        features,
        kind,
        notices,
        shape(settings, inputs),
        whole.fingerprint(names),
        whole,
        missing == MissingValues.MEAN || missing == MissingValues.INDICATOR
            ? whole.missingValues()
            : 0);
  }

  /** An input that tells of a missing value has no place in an array, nor in a shape. */
  private static MissingValues missing(DataSettings settings, Features features) {
    boolean fixed = features.isArray() || !settings.shape().isEmpty();
    return settings.missing() == MissingValues.INDICATOR && fixed
        ? MissingValues.ERROR
        : settings.missing();
  }

  /** How many values are missing of each column, and what the model sees instead. */
  private static List<String> missingNotices(
      MissingValues missing, List<String> names, Units units, TableSummary found) {
    RowEncoder encoder = units.encoder();
    List<String> marked = new ArrayList<>();
    List<String> imputed = new ArrayList<>();
    for (int i = 0; i < names.size(); i++) {
      int place = units.features().indexOf(names.get(i));
      if (found.missing[i] > 0 && place >= 0) {
        boolean isMarked = encoder.takesMissing(place);
        (isMarked ? marked : imputed).add(names.get(i) + " (" + found.missing[i] + ")");
      }
    }
    List<String> notices = new ArrayList<>();
    if (!marked.isEmpty()) {
      notices.add("missing, and the model is told so: " + String.join(", ", marked));
    }
    if (!imputed.isEmpty() && missing != MissingValues.DROP) {
      notices.add("missing, with the mean put in: " + String.join(", ", imputed));
    }
    return notices;
  }

  /** What is held out, which must not be all that tells the other rows apart. */
  private static HoldOut holdOut(DataSettings settings, TableSummary found) {
    boolean oneRowIsLeft = IntStream.range(0, found.width()).allMatch(found.trained::isConstant);
    return oneRowIsLeft
        ? HoldOut.NONE
        : HoldOut.of(settings.holdOut(), found.all.rows, found.candidates(), found.counts);
  }

  /** The features that are zero in every row trained on, though not in all that were read. */
  private static List<String> onlyHeldOut(
      DataSettings settings, List<String> names, TableSummary found, Moments trained) {
    if (settings.scaling() != Scaling.STANDARD) {
      return List.of();
    }
    List<String> varying =
        IntStream.range(0, found.width())
            .filter(i -> trained.isConstant(i) && !found.all.isConstant(i))
            .mapToObj(names::get)
            .toList();
    return varying.isEmpty()
        ? List.of()
        : List.of(
            Names.list(varying)
                + (varying.size() == 1 ? " holds" : " hold")
                + " one value only in the rows trained on, and others in rows held out");
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
      JavaPairRDD<RowKey, Boolean> sorted, DataSettings settings, TableSummary kind) {
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
    OptionalInt first = ArrayLength.of(table, features, settings.source());
    int length = first.orElse(0);
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

  /** Where the features of given units are in the table. */
  private static int[] places(Units given, Features features) {
    List<String> names = features.featureNames();
    int[] places = given.features().stream().mapToInt(names::indexOf).toArray();
    List<String> missing = given.features().stream().filter(name -> !names.contains(name)).toList();
    if (!missing.isEmpty()) {
      throw new DataException(
          "the table lacks "
              + Names.list(missing)
              + ", which the model that training starts from has; train without it, or give a"
              + " table with the same features");
    }
    if (features.isArray() && places.length < names.size()) {
      throw new DataException(
          "arrays of column "
              + features.columns().get(0)
              + " have length "
              + names.size()
              + ", and the model that training starts from takes "
              + places.length
              + "; train without it, or give arrays of that length");
    }
    return places;
  }

  private static int[] kept(
      DataSettings settings,
      MissingValues missing,
      Features features,
      TableSummary found,
      Moments trained) {
    IntStream all = IntStream.range(0, found.width());
    if (!settings.mayDropColumns()) {
      return all.toArray();
    }
    int[] kept = all.filter(i -> !TableChecks.tellsNothing(missing, found, trained, i)).toArray();
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
    return LongStream.of(sorted.trainedRows()).sum();
  }

  /**
   * The rows held out, in the units of the others, which they are no part of: nothing of what is
   * trained on, scaling and means included, was made from them. As {@link #shards}: one block a
   * partition, one partition a shard, in canonical order, numbered from 0 among themselves; cached
   * once they have been asked for.
   */
  public JavaRDD<RowBlock> heldOut() {
    return heldOut;
  }

  /**
   * Those of them that another table of such rows held out too.
   *
   * @param share that table's {@link #heldOutShare}
   */
  public JavaRDD<RowBlock> heldOut(double share) {
    return share >= heldOutShare() ? heldOut : sorted.heldOut(new HoldOut(share));
  }

  /** The number of rows held out. */
  public long heldOutRows() {
    return LongStream.of(sorted.heldOutRows()).sum();
  }

  /**
   * The share of all possible rows that is held out, 0 for none. A row is held out of every table
   * whose share is as large, or larger.
   */
  public double heldOutShare() {
    return sorted.holdOut().share();
  }

  /** The features, less constant columns dropped. */
  public Features features() {
    return choice.features();
  }

  /** Columns that settings met and left out, and why. */
  public Map<String, String> leftOut() {
    return choice.leftOut();
  }

  /** What a person should know: which columns are used, which look odd, what is held out. */
  public List<String> notices() {
    return notices;
  }

  /** The shape of a row. */
  public long[] shape() {
    return shape.clone();
  }

  /** All features that were read, those dropped for their one value among them. */
  public Features read() {
    return read;
  }

  /** The units of the rows: how the features come to the model's inputs. */
  public Units units() {
    return sorted.units();
  }

  /** The lowest value of each feature in the rows trained on; 0 of one that is no number. */
  public double[] lowest() {
    return extremes(moments().min);
  }

  /** The highest, likewise. */
  public double[] highest() {
    return extremes(moments().max);
  }

  private Moments moments() {
    return sorted.holdOut().isNone() ? summary.all : summary.trained;
  }

  private double[] extremes(double[] of) {
    return IntStream.of(sorted.kept())
        .mapToDouble(i -> summary.takesMissing(i) || !Double.isFinite(of[i]) ? 0 : of[i])
        .toArray();
  }

  /** The map from the table's units to the model's, of each input. */
  public FeatureScaling scaling() {
    return sorted.units().scaling();
  }

  /** The mean of each input's present values: what imputation puts in. */
  public double[] means() {
    return sorted.units().means().clone();
  }

  /**
   * A hash of the rows, those held out among them, in the table's units, and of their columns'
   * names: the same for the same rows, however they are stored, read or cut into shards.
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
    return summary.rowsRead - summary.all.rows;
  }

  /** The number of values replaced by means. */
  public long valuesImputed() {
    return valuesImputed;
  }

  /** Lets go of the executors' memory. */
  @Override
  public void close() {
    shards.unpersist(false);
    heldOut.unpersist(false);
  }
}
