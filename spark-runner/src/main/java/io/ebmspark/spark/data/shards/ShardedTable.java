package io.ebmspark.spark.data.shards;

import io.ebmspark.core.data.FeatureScaling;
import io.ebmspark.core.data.RowBlock;
import io.ebmspark.core.data.Sha256;
import io.ebmspark.core.training.ValidationSettings;
import io.ebmspark.spark.Laps;
import io.ebmspark.spark.data.DataException;
import io.ebmspark.spark.data.DataSettings;
import io.ebmspark.spark.data.MissingValues;
import io.ebmspark.spark.data.Names;
import io.ebmspark.spark.data.Scaling;
import io.ebmspark.spark.data.features.ArrayLength;
import io.ebmspark.spark.data.features.ColumnChoice;
import io.ebmspark.spark.data.features.FeatureExtractor;
import io.ebmspark.spark.data.features.FeatureResolver;
import io.ebmspark.spark.data.features.Features;
import io.ebmspark.spark.data.features.WrongLengthException;
import io.ebmspark.spark.data.read.TableReader;
import io.ebmspark.spark.data.shards.RowParts.Part;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
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
  private final ColumnChoice choice;
  private final List<String> notices;
  private final long[] shape;
  private final String fingerprint;
  private final TableSummary summary;
  private final long valuesImputed;

  private ShardedTable(
      SortedRows sorted,
      JavaRDD<RowBlock> shards,
      ColumnChoice choice,
      List<String> notices,
      long[] shape,
      String fingerprint,
      TableSummary summary,
      long valuesImputed) {
    this.sorted = sorted;
    this.shards = shards;
    // Computed when it is first asked for.
    this.heldOut = sorted.packed(Part.HELD_OUT).persist(StorageLevel.MEMORY_AND_DISK());
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
   * @param counts of each part's rows, the rows of each shard
   * @param kept which of the table's features the units are of
   */
  private record SortedRows(
      JavaPairRDD<RowKey, Boolean> rows,
      boolean dropMissing,
      RowParts parts,
      Map<Part, long[]> counts,
      int[] kept,
      Units units) {
    JavaRDD<RowBlock> packed(Part part) {
      return packed(parts, part, rowsOf(part));
    }

    private long[] rowsOf(Part part) {
      return Objects.requireNonNull(counts.get(part));
    }

    long count(Part part) {
      return LongStream.of(rowsOf(part)).sum();
    }

    /** The rows held out under a smaller share than this table's. */
    JavaRDD<RowBlock> heldOut(HoldOut fewer) {
      RowParts cut = parts.withHeldOut(fewer);
      boolean drop = dropMissing;
      List<Long> counts =
          rows.mapPartitions(shard -> List.of(count(shard, cut, drop)).iterator()).collect();
      return packed(cut, Part.HELD_OUT, counts.stream().mapToLong(Long::longValue).toArray());
    }

    private static long count(
        Iterator<Tuple2<RowKey, Boolean>> shard, RowParts parts, boolean dropMissing) {
      long count = 0;
      while (shard.hasNext()) {
        RowKey row = shard.next()._1();
        boolean isDropped = dropMissing && TableSummary.anyMissing(row.values());
        count += parts.of(row) == Part.HELD_OUT && !isDropped ? 1 : 0;
      }
      return count;
    }

    private JavaRDD<RowBlock> packed(RowParts parts, Part part, long[] counts) {
      return rows.mapPartitionsWithIndex(
          new ShardPacker(dropMissing, parts, part, counts, kept, units.means(), units.scaling()),
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
   * shuffle, by two jobs (and short ones for the length of an array that no shape tells, and for
   * text that a pattern of features meets).
   *
   * @param settings whose source names the rows in messages
   * @param shards the number of logical shards
   * @param laps are ended for the choice of columns, for the job that reads, orders and checks, and
   *     for the job that packs
   * @throws DataException if the table cannot be read or is not fit to train on
   */
  public static ShardedTable of(Dataset<Row> table, DataSettings settings, int shards, Laps laps) {
    return of(table, settings, shards, Optional.empty(), Optional.empty(), laps);
  }

  /**
   * The same in given units, such as those of a model whose training goes on.
   *
   * @param given features that the table must have, and their scaling; whatever else the settings
   *     meet is left out. If empty, the units are this table's own: its means and deviations
   */
  public static ShardedTable of(
      Dataset<Row> table, DataSettings settings, int shards, Optional<Units> given, Laps laps) {
    return of(table, settings, shards, Optional.empty(), given, laps);
  }

  /**
   * The same with rows set aside for validation.
   *
   * @param validation how many; if empty, none
   */
  public static ShardedTable of(
      Dataset<Row> table,
      DataSettings settings,
      int shards,
      Optional<ValidationSettings> validation,
      Optional<Units> given,
      Laps laps) {
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
      if (features.isArray() || !(settings.mayDropColumns() || given.isPresent())) {
        TableChecks.checkShape(settings, features.width());
      }
      laps.end("columns");
      return load(context, settings, shards, validation, table, choice, features, given, laps);
    } finally {
      context.setJobDescription(null);
    }
  }

  private static ShardedTable load(
      JavaSparkContext context,
      DataSettings settings,
      int shards,
      Optional<ValidationSettings> validation,
      Dataset<Row> table,
      ColumnChoice choice,
      Features features,
      Optional<Units> given,
      Laps laps) {
    JavaPairRDD<RowKey, Boolean> sorted =
        sorted(table.select(features.selection()), features, shards);
    context.setJobDescription("reading and checking " + settings.source().describe());
    TableSummary whole =
        new TableSummary(
            features.width(), settings, validation.map(ValidationSettings::fraction).orElse(0.0));
    List<TableSummary> summaries = summaries(sorted, settings, whole.empty());
    summaries.forEach(whole::merge);
    HoldOut holdOut = holdOut(settings, whole);
    Moments trained = holdOut.isNone() ? whole.all : whole.trained;
    TableChecks.checkValues(
        settings,
        features,
        whole,
        trained,
        given.isPresent(),
        new FaultyRow(table, features, settings));

    List<String> names = features.featureNames();
    int[] kept =
        given.isPresent() ? places(given.get(), features) : kept(settings, features, trained);
    TableChecks.checkShape(settings, kept.length);
    Units units = given.orElseGet(() -> units(settings, names, trained, kept));
    TableChecks.checkUnits(units.scaling(), names, whole, kept);
    HoldOut forValidation =
        validation.map(asked -> whole.forValidation(asked, kept.length)).orElse(HoldOut.NONE);
    RowParts parts = new RowParts(holdOut, forValidation);
    Map<Part, long[]> counts = new EnumMap<>(Part.class);
    for (Part part : Part.values()) {
      long[] rows = summaries.stream().mapToLong(found -> found.rows(parts, part)).toArray();
      TableChecks.checkShardSizes(rows, kept.length);
      counts.put(part, rows);
    }
    laps.end("read, order, check");
    SortedRows rows = new SortedRows(sorted, whole.dropMissing, parts, counts, kept, units);

    context.setJobDescription(
        "packing " + Names.count(shards, "shard") + " of " + settings.source().describe());
    // The shuffle's files serve this second job, so that no more than packed rows is ever held.
    JavaRDD<RowBlock> blocks = rows.packed(Part.TRAINED).persist(StorageLevel.MEMORY_AND_DISK());
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
    notices.addAll(RowIndex.warnings(choice, whole.all));
    if (given.isEmpty()) {
      notices.addAll(onlyHeldOut(settings, names, whole, trained));
    }
    notices.addAll(HoldOut.notices(settings.holdOut(), whole.all.rows, rows.count(Part.HELD_OUT)));
    validation.ifPresent(
        asked -> notices.add(validationNotice(whole.all.rows, rows.count(Part.VALIDATION))));
    return new ShardedTable(
        rows,
        blocks,
        kind,
        notices,
        shape(settings, kept.length),
        whole.fingerprint(names),
        whole,
        settings.missing() == MissingValues.MEAN ? whole.missingValues() : 0);
  }

  /** What is held out, which must not be all that tells the other rows apart. */
  private static HoldOut holdOut(DataSettings settings, TableSummary found) {
    boolean oneRowIsLeft = IntStream.range(0, found.width()).allMatch(found.trained::isConstant);
    return oneRowIsLeft ? HoldOut.NONE : found.heldOut.share(settings.holdOut(), found.all.rows);
  }

  private static String validationNotice(long rows, long forValidation) {
    return forValidation > 0
        ? forValidation
            + " of "
            + Names.count(rows, "row")
            + " are set aside for validation: training keeps the weights that are best on them"
        : "none of "
            + Names.count(rows, "row")
            + " is set aside for validation, there being too few or too many equal ones: training"
            + " takes all its steps and keeps its last weights";
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
    // The kind is what a task needs of the settings, which are not serialisable.
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

  private static int[] kept(DataSettings settings, Features features, Moments found) {
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

  private static Units units(DataSettings settings, List<String> names, Moments found, int[] kept) {
    return new Units(
        Arrays.stream(kept).mapToObj(names::get).toList(),
        scaling(settings, found, kept),
        Arrays.stream(kept).mapToDouble(i -> found.mean[i]).toArray());
  }

  private static FeatureScaling scaling(DataSettings settings, Moments found, int[] kept) {
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
    return sorted.count(Part.TRAINED);
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
    return sorted.count(Part.HELD_OUT);
  }

  /**
   * The rows that no gradient sees, nor threshold: the weights that are kept are the best on them.
   * As {@link #heldOut}, but not cached.
   */
  public JavaRDD<RowBlock> validation() {
    return sorted.packed(Part.VALIDATION);
  }

  /** The number of rows for validation. */
  public long validationRows() {
    return sorted.count(Part.VALIDATION);
  }

  /**
   * The share of all possible rows that is held out, 0 for none. A row is held out of every table
   * whose share is as large, or larger.
   */
  public double heldOutShare() {
    return sorted.parts().heldOut().share();
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

  /** The map from the table's units to the model's. */
  public FeatureScaling scaling() {
    return sorted.units().scaling();
  }

  /** The mean of each feature's present values, in the table's units: what imputation puts in. */
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
