package io.ebmspark.spark.data.shards;

import io.ebmspark.core.data.FeatureScaling;
import io.ebmspark.core.data.RowBlock;
import io.ebmspark.core.data.Sha256;
import io.ebmspark.core.training.ValidationSettings;
import io.ebmspark.spark.KeptBlocks;
import io.ebmspark.spark.Phases;
import io.ebmspark.spark.data.DataException;
import io.ebmspark.spark.data.DataSettings;
import io.ebmspark.spark.data.MissingValues;
import io.ebmspark.spark.data.Names;
import io.ebmspark.spark.data.Scaling;
import io.ebmspark.spark.data.encoding.RowEncoder;
import io.ebmspark.spark.data.features.ArrayLength;
import io.ebmspark.spark.data.features.ColumnChoice;
import io.ebmspark.spark.data.features.Features;
import io.ebmspark.spark.data.read.TableReader;
import io.ebmspark.spark.data.shards.RowParts.Part;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.ArrayList;
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
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.storage.StorageLevel;
import scala.Tuple2;

/**
 * A table ready to train on: its rows in canonical order, cut into logical shards, cached on the
 * executors.
 *
 * <p>The order depends only on the rows' content (see {@link RowKey}): not on the number of files
 * or the order within them, nor on splits, parallelism, executors, or the number of shards, which
 * only decides where the order is cut. Shards are ranges of hashes or, if equal rows make those
 * uneven, equal numbers of rows ({@link ShardCuts}).
 */
public final class ShardedTable implements AutoCloseable {
  /** Why a feature was left out after rows had been read, and hence after they had been hashed. */
  public static final String ONE_VALUE = "one value only";

  /** Another such reason. */
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
  private final Optional<String> heldOutFrom;

  private ShardedTable(
      SortedRows sorted,
      JavaRDD<RowBlock> shards,
      Features read,
      ColumnChoice choice,
      List<String> notices,
      long[] shape,
      String fingerprint,
      TableSummary summary,
      long valuesImputed,
      Optional<String> heldOutFrom) {
    this.sorted = sorted;
    this.shards = shards;
    // Computed on first use.
    this.heldOut = sorted.packed(Part.HELD_OUT).persist(StorageLevel.MEMORY_AND_DISK());
    this.read = read;
    this.choice = choice;
    this.notices = List.copyOf(notices);
    this.shape = shape;
    this.fingerprint = fingerprint;
    this.summary = summary;
    this.valuesImputed = valuesImputed;
    this.heldOutFrom = heldOutFrom;
  }

  /**
   * The rows in canonical order, and how to pack them into blocks.
   *
   * @param ordered which are kept until the table is closed: for what is packed later, and for
   *     shards that are lost
   * @param cuts of each part into shards
   * @param meanWeight of the rows trained on; 0 if rows have no weights
   * @param kept indices of the table's features that the units describe
   * @param takesMissing of the table's features, whether a missing value is one among others
   */
  private record SortedRows(
      OrderedRows ordered,
      boolean dropMissing,
      RowParts parts,
      Map<Part, ShardCuts> cuts,
      double meanWeight,
      int[] kept,
      boolean[] takesMissing,
      Units units) {
    JavaRDD<RowBlock> packed(Part part) {
      return packed(parts, part, cutsOf(part));
    }

    private ShardCuts cutsOf(Part part) {
      return Objects.requireNonNull(cuts.get(part));
    }

    long count(Part part) {
      return cutsOf(part).all();
    }

    /** The rows that a smaller share than this table's holds out. */
    JavaRDD<RowBlock> heldOut(HoldOut fewer) {
      RowParts cut = parts.withHeldOut(fewer);
      boolean drop = dropMissing;
      boolean[] takes = takesMissing;
      List<Long> counts =
          ordered
              .rows()
              .mapPartitions(shard -> List.of(count(shard, cut, drop, takes)).iterator())
              .collect();
      return packed(
          cut, Part.HELD_OUT, ShardCuts.of(counts.stream().mapToLong(Long::longValue).toArray()));
    }

    private static long count(
        Iterator<Tuple2<RowKey, Long>> shard,
        RowParts parts,
        boolean dropMissing,
        boolean[] takesMissing) {
      long count = 0;
      while (shard.hasNext()) {
        Tuple2<RowKey, Long> next = shard.next();
        RowKey row = next._1();
        boolean isDropped = dropMissing && TableSummary.anyMissing(row.values(), takesMissing);
        count += parts.of(row) == Part.HELD_OUT && !isDropped ? next._2() : 0;
      }
      return count;
    }

    private JavaRDD<RowBlock> packed(RowParts parts, Part part, ShardCuts cuts) {
      return cuts.of(ordered.rows())
          .mapPartitionsWithIndex(
              new ShardPacker(
                  dropMissing, parts, part, cuts, meanWeight, kept, takesMissing, units.encoder()),
              true);
    }
  }

  /** Reads the table that the settings name, as {@link #of} does. */
  public static ShardedTable load(SparkSession spark, DataSettings settings, int shards) {
    return of(TableReader.read(spark, settings.source()), settings, shards);
  }

  /** As {@link #of(Dataset, DataSettings, int, Phases)}, untimed. */
  public static ShardedTable of(Dataset<Row> table, DataSettings settings, int shards) {
    return of(table, settings, shards, Phases.silent());
  }

  /**
   * Checks, orders, scales and caches rows, less those held out: one pass over the source and one
   * shuffle, by two jobs (and short ones for the length of an array that no shape tells and for
   * text that may be numbers, and one pass that counts text).
   *
   * @param settings whose source is named in messages
   * @param shards the number of logical shards
   * @param phases timed for choosing the columns, for the job that reads, orders and checks, and
   *     for the job that packs
   * @throws DataException if the table cannot be read or is not fit to train on
   */
  public static ShardedTable of(
      Dataset<Row> table, DataSettings settings, int shards, Phases phases) {
    return of(table, settings, shards, Optional.empty(), phases);
  }

  /**
   * As above, in given units, such as those of a model whose training is continued.
   *
   * @param given features that the table must have, and their scaling; any other feature that the
   *     settings match is left out. If empty, the table's own units: its means and standard
   *     deviations
   */
  public static ShardedTable of(
      Dataset<Row> table, DataSettings settings, int shards, Optional<Units> given, Phases phases) {
    return of(table, settings, ShardRule.of(shards), Optional.empty(), given, phases);
  }

  /**
   * The same with rows set aside for validation.
   *
   * @param rule the number of logical shards
   * @param validation how many; if empty, none
   */
  public static ShardedTable of(
      Dataset<Row> table,
      DataSettings settings,
      ShardRule rule,
      Optional<ValidationSettings> validation,
      Optional<Units> given,
      Phases phases) {
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
      phases.end("columns");
      context.setJobDescription("reading and checking " + settings.source().describe());
      int inputs = given.map(units -> units.scaling().width()).orElse(columns.inputs());
      OrderedRows ordered = ordered(table, settings, features, rule, inputs);
      try {
        return load(context, settings, validation, table, columns, given, ordered, phases);
      } catch (Throwable e) {
        ordered.close();
        throw e;
      }
    } finally {
      context.setJobDescription(null);
    }
  }

  private static ShardedTable load(
      JavaSparkContext context,
      DataSettings settings,
      Optional<ValidationSettings> validation,
      Dataset<Row> table,
      TableColumns columns,
      Optional<Units> given,
      OrderedRows ordered,
      Phases phases) {
    ColumnChoice choice = columns.choice();
    Features features = choice.features();
    MissingValues missing = missing(settings, features);
    boolean[] takesMissing = columns.takesMissing(given.map(Units::encodings).orElse(Map.of()));
    TableSummary whole =
        new TableSummary(
            features.width(),
            settings,
            validation.map(ValidationSettings::fraction).orElse(0.0),
            takesMissing,
            columns.areTimes(),
            columns.counters(settings));
    List<TableSummary> summaries = summaries(ordered.rows(), settings, whole.empty());
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
    HoldOut forValidation =
        validation.map(asked -> whole.forValidation(asked, inputs)).orElse(HoldOut.NONE);
    RowParts parts = new RowParts(whole.byColumn, holdOut, forValidation);
    Map<Part, ShardCuts> cuts = new EnumMap<>(Part.class);
    for (Part part : Part.values()) {
      long[] rows = summaries.stream().mapToLong(found -> found.rows(parts, part)).toArray();
      ShardCuts cut = ShardCuts.of(rows);
      TableChecks.checkShardSizes(cut.sizes(), inputs);
      cuts.put(part, cut);
    }
    phases.end("read, order, check");
    double meanWeight = whole.weighted ? trained.weight / trained.rows : 0;
    SortedRows rows =
        new SortedRows(
            ordered, whole.dropMissing, parts, cuts, meanWeight, kept, takesMissing, units);

    context.setJobDescription(
        "packing "
            + Names.count(ordered.shards(), "shard")
            + " of "
            + settings.source().describe());
    // The sorted rows lie on disc, so that only packed rows are ever in memory.
    JavaRDD<RowBlock> blocks = rows.packed(Part.TRAINED).persist(StorageLevel.MEMORY_AND_DISK());
    try {
      blocks.count();
      phases.end("pack");
    } catch (Throwable e) {
      KeptBlocks.release(blocks);
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
    settings
        .weight()
        .ifPresent(
            name -> notices.add("rows count by " + name + ", " + meanWeight + " on average"));
    notices.addAll(RowIndex.warnings(choice, whole.all));
    if (given.isEmpty()) {
      notices.addAll(constant(settings, missing, names, whole));
      notices.addAll(onlyHeldOut(settings, names, whole, trained));
    }
    notices.addAll(HoldOut.notices(settings.holdOut(), whole.all.rows, rows.count(Part.HELD_OUT)));
    if (rows.count(Part.LEFT_OUT) > 0) {
      notices.add(
          rows.count(Part.LEFT_OUT)
              + " more rows "
              + settings.holdOut().describe()
              + " are not used, beyond data.holdOut.most");
    }
    validation.ifPresent(
        asked -> notices.add(validationNotice(whole.all.rows, rows.count(Part.VALIDATION))));
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
            : 0,
        settings.holdOut().byColumn()
            ? Optional.of(settings.holdOut().describe())
            : Optional.empty());
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

  /** What to hold out; nothing, if the remaining rows would all be equal. */
  private static HoldOut holdOut(DataSettings settings, TableSummary found) {
    if (found.byColumn) {
      return found.heldOut.shareOfAll(settings.holdOut());
    }
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

  /** A notice of features that are constant in all rows, and kept. */
  private static List<String> constant(
      DataSettings settings, MissingValues missing, List<String> names, TableSummary found) {
    if (settings.scaling() != Scaling.STANDARD || settings.mayDropColumns()) {
      return List.of();
    }
    List<String> constant =
        IntStream.range(0, found.width())
            .filter(i -> TableChecks.tellsNothing(missing, found, found.all, i))
            .mapToObj(names::get)
            .toList();
    return constant.isEmpty()
        ? List.of()
        : List.of(
            "one value only in "
                + Names.list(constant)
                + ", so that any other will be unusual; data.constantColumns: drop leaves such"
                + " columns out");
  }

  /** A notice of features that are constant in the rows trained on, but not in all rows. */
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

  private static OrderedRows ordered(
      Dataset<Row> table, DataSettings settings, Features features, ShardRule rule, int inputs) {
    try {
      return OrderedRows.of(table, settings, features, rule, inputs);
    } catch (Exception e) { // Scala declares nothing checked.
      throw TableReader.whileReading(settings.source(), e);
    }
  }

  private static List<TableSummary> summaries(
      JavaRDD<Tuple2<RowKey, Long>> sorted, DataSettings settings, TableSummary kind) {
    // The kind is what a task needs of the settings, which are not serialisable.
    try {
      return sorted.mapPartitions(rows -> List.of(summary(kind, rows)).iterator()).collect();
    } catch (Exception e) {
      throw TableReader.whileReading(settings.source(), e);
    }
  }

  private static TableSummary summary(TableSummary kind, Iterator<Tuple2<RowKey, Long>> rows) {
    MessageDigest sha = Sha256.digest();
    ByteBuffer buffer = ByteBuffer.allocate((kind.width() + 1) * Double.BYTES);
    TableSummary summary = kind.empty();
    while (rows.hasNext()) {
      Tuple2<RowKey, Long> next = rows.next();
      summary.add(next._1(), next._2(), sha, buffer);
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
              + (first.isEmpty() ? " holds no arrays" : " holds empty arrays")
              + "; give a table with rows, or set data.shape");
    }
    return length;
  }

  /** The indices, in the table, of the features of given units. */
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
              + ", but the model that training starts from takes "
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

  /**
   * One block per partition, one partition per shard, in row order; cached. Blocks are in model
   * units, without the rows held out.
   */
  public JavaRDD<RowBlock> shards() {
    return shards;
  }

  /** The number of shards. */
  public int shardCount() {
    return sorted.ordered().shards();
  }

  /** The number of rows to train on. */
  public long rows() {
    return sorted.count(Part.TRAINED);
  }

  /**
   * The rows held out, in the same units as the others: nothing used in training, scaling and means
   * included, was computed from them. As in {@link #shards}, one block per partition, one partition
   * per shard, in canonical order, numbered from 0; cached on first use.
   */
  public JavaRDD<RowBlock> heldOut() {
    return heldOut;
  }

  /**
   * The held-out rows that another table of such rows would hold out too.
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
   * The share of all possible rows that is held out, 0 for none. A row held out of this table is
   * held out of every table with a share at least as large. By a column, of the rows from its value
   * on.
   */
  public double heldOutShare() {
    return sorted.parts().heldOut().share();
  }

  /** Which rows are held out, if they are by a column. */
  public Optional<String> heldOutFrom() {
    return heldOutFrom;
  }

  /** The features, without the constant columns dropped. */
  public Features features() {
    return choice.features();
  }

  /** Columns that the settings matched but that were left out, and why. */
  public Map<String, String> leftOut() {
    return choice.leftOut();
  }

  /** What the user should know: which columns are used, which look odd, what is held out. */
  public List<String> notices() {
    return notices;
  }

  /** The shape of a row; its product is the number of features. */
  public long[] shape() {
    return shape.clone();
  }

  /** All features that were read, those dropped for their one value among them. */
  public Features read() {
    return read;
  }

  /**
   * Every row that was read, complete or not, held out or not, in the canonical order: its values
   * in the table's units, none of a row whose array has the wrong length, and its count. A row is
   * good until the next.
   */
  public JavaRDD<Tuple2<RowKey, Long>> keys() {
    return sorted.ordered().rows();
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

  /**
   * The decimal places of each feature's values; {@link Decimals#NONE} of one that is no number.
   */
  public int[] decimals() {
    return IntStream.of(sorted.kept())
        .map(i -> summary.isNumber(i) ? summary.decimals.of(i) : Decimals.NONE)
        .toArray();
  }

  private Moments moments() {
    return sorted.parts().heldOut().isNone() ? summary.all : summary.trained;
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
   * A hash of the rows in the table's units, including those held out, and of their columns' names:
   * equal for equal rows, however they are stored, read or cut into shards.
   */
  public String fingerprint() {
    return fingerprint;
  }

  /** The number of rows that passed the filter. */
  public long rowsRead() {
    return summary.rowsRead;
  }

  /** The number of rows dropped for missing values. */
  public long rowsDropped() {
    return summary.rowsRead - summary.all.rows;
  }

  /** The number of values replaced by means. */
  public long valuesImputed() {
    return valuesImputed;
  }

  /** Releases the executors' memory. */
  @Override
  public void close() {
    KeptBlocks.release(shards);
    KeptBlocks.release(heldOut);
    sorted.ordered().close();
  }
}
