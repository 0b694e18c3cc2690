package io.ebmspark.spark.data.shards;

import io.ebmspark.core.data.RowBlock;
import io.ebmspark.core.data.Sha256;
import io.ebmspark.core.training.ValidationSettings;
import io.ebmspark.spark.KeptBlocks;
import io.ebmspark.spark.Phases;
import io.ebmspark.spark.data.DataException;
import io.ebmspark.spark.data.DataSettings;
import io.ebmspark.spark.data.MissingValues;
import io.ebmspark.spark.data.Names;
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
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.storage.StorageLevel;
import scala.Tuple2;

/**
 * The way from a table to one that is ready to train on: choose the columns; read and order the
 * rows; summarise and check them; decide which are held out, and the units; pack them.
 */
final class TableLoader {
  private final Dataset<Row> table;
  private final DataSettings settings;
  private final ShardRule rule;
  private final Optional<ValidationSettings> validation;
  private final Optional<Units> given;
  private final Phases phases;
  private final JavaSparkContext context;

  /** As {@link ShardedTable#of}. */
  TableLoader(
      Dataset<Row> table,
      DataSettings settings,
      ShardRule rule,
      Optional<ValidationSettings> validation,
      Optional<Units> given,
      Phases phases) {
    this.table = table;
    this.settings = settings;
    this.rule = rule;
    this.validation = validation;
    this.given = given;
    this.phases = phases;
    this.context = JavaSparkContext.fromSparkContext(table.sparkSession().sparkContext());
  }

  ShardedTable load() {
    try {
      context.setJobDescription("looking at the columns of " + settings.source().describe());
      TableColumns columns = columns();
      phases.end("columns");
      context.setJobDescription("reading and checking " + settings.source().describe());
      OrderedRows ordered = ordered(columns);
      try {
        return load(columns, ordered);
      } catch (Throwable e) {
        ordered.close();
        throw e;
      }
    } finally {
      context.setJobDescription(null);
    }
  }

  private ShardedTable load(TableColumns columns, OrderedRows ordered) {
    Features features = columns.choice().features();
    MissingValues missing = missing(features);
    boolean[] takesMissing = columns.takesMissing(given.map(Units::encodings).orElse(Map.of()));
    int[] needed = needed(missing, features.featureNames(), takesMissing);
    TableSummary whole =
        new TableSummary(
            new TableSummary.Columns(takesMissing, needed, columns.areTimes(), features.isArray()),
            new TableSummary.Rules(
                settings, validation.map(ValidationSettings::fraction).orElse(0.0)),
            columns.counters(settings));
    List<TableSummary> summaries = summaries(ordered.rows(), whole.empty());
    summaries.forEach(whole::merge);
    HoldOut holdOut = holdOut(whole);
    LoadedValues loaded = new LoadedValues(settings, missing, features, whole, holdOut.isNone());
    ValueChecks.check(loaded, given.isPresent(), new FaultyRow(table, features, settings));

    int[] kept = given.isPresent() ? places(given.get(), features) : kept(loaded);
    Units units = given.orElseGet(() -> UnitsOfRows.of(loaded, columns, kept));
    int inputs = units.scaling().width();
    TableChecks.checkShape(settings, inputs);
    TableChecks.checkUnits(units, whole, kept);
    HoldOut forValidation =
        validation.map(asked -> whole.forValidation(asked, inputs)).orElse(HoldOut.NONE);
    RowParts parts = new RowParts(whole.rules.byColumn, holdOut, forValidation);
    Map<Part, ShardCuts> cuts = cuts(summaries, parts, inputs);
    phases.end("read, order, check");
    Moments trained = loaded.trained();
    double meanWeight = whole.rules.weighted ? trained.weight / trained.rows : 0;
    SortedRows rows = new SortedRows(ordered, parts, cuts, meanWeight, kept, needed, units);
    JavaRDD<RowBlock> blocks = packed(rows);
    phases.end("pack");
    ColumnChoice choice = choice(columns.choice(), kept);
    return new ShardedTable(
        rows,
        blocks,
        features,
        choice,
        notices(columns, choice, rows, blocks, loaded),
        shape(inputs),
        whole.fingerprint(features.featureNames()),
        whole,
        missing == MissingValues.MEAN || missing == MissingValues.INDICATOR
            ? whole.missingValues()
            : 0,
        settings.holdOut().byColumn()
            ? Optional.of(settings.holdOut().describe())
            : Optional.empty());
  }

  // ---- columns ---------------------------------------------------------------------------------

  private TableColumns columns() {
    TableColumns columns =
        given.isPresent()
            ? TableColumns.of(table, settings, given.get())
            : TableColumns.of(table, settings);
    Features features = columns.choice().features();
    if (!features.hasWidth()) {
      context.setJobDescription("finding the length of " + features.columns().get(0));
      columns = columns.withWidth(arrayLength(features));
      features = columns.choice().features();
    }
    boolean mayDiffer =
        settings.mayDropColumns() || given.isPresent() || !features.kinds().isEmpty();
    if (features.isArray() || !mayDiffer) {
      TableChecks.checkShape(settings, features.width());
    }
    return columns;
  }

  private int arrayLength(Features features) {
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

  /** An input that tells of a missing value has no place in an array, nor in a shape. */
  private MissingValues missing(Features features) {
    return settings.missing() == MissingValues.INDICATOR
            && TableChecks.hasFixedInputs(settings, features)
        ? MissingValues.ERROR
        : settings.missing();
  }

  /**
   * Which features a row must have a value of, or it is dropped. Of given units, those for whose
   * absence they have no input, if others have one: such a row will have no energy, either.
   */
  private int[] needed(MissingValues missing, List<String> names, boolean[] takesMissing) {
    boolean drops =
        missing == MissingValues.DROP || (missing == MissingValues.INDICATOR && given.isPresent());
    Optional<Set<String>> ofUnits = given.map(Units::needed);
    return IntStream.range(0, drops ? names.size() : 0)
        .filter(i -> ofUnits.map(known -> known.contains(names.get(i))).orElse(!takesMissing[i]))
        .toArray();
  }

  /** The indices, in the table, of the features of given units. */
  private int[] places(Units given, Features features) {
    List<String> names = features.featureNames();
    Map<String, Integer> known = Names.places(names);
    List<String> missing =
        given.features().stream().filter(name -> !known.containsKey(name)).toList();
    if (!missing.isEmpty() && List.of(table.columns()).containsAll(missing)) {
      throw new DataException(
          "data.features and data.exclude leave out "
              + Names.list(missing)
              + ", which the model that training starts from has; choose the same features, or train"
              + " without it");
    }
    if (!missing.isEmpty()) {
      throw new DataException(
          "the table lacks "
              + Names.list(missing)
              + ", which the model that training starts from has; train without it, or give a"
              + " table with the same features");
    }
    if (features.isArray() && given.features().size() < names.size()) {
      throw new DataException(
          "arrays of column "
              + features.columns().get(0)
              + " have length "
              + names.size()
              + ", but the model that training starts from takes "
              + given.features().size()
              + "; train without it, or give arrays of that length");
    }
    return given.features().stream().mapToInt(known::get).toArray();
  }

  /** The indices of the features that are worth an input. */
  private int[] kept(LoadedValues loaded) {
    Features features = loaded.features();
    IntStream all = IntStream.range(0, features.width());
    if (!settings.mayDropColumns()) {
      return all.toArray();
    }
    int[] kept = all.filter(i -> !loaded.isConstant(loaded.trained(), i)).toArray();
    if (features.isArray() && kept.length < features.width()) {
      throw new DataException(
          Names.count(features.width() - kept.length, "place")
              + " of array column "
              + features.columns().get(0)
              + " hold one value only and cannot be dropped from it; set data.constantColumns to"
              + " keep, or data.scaling to range or none");
    }
    return kept;
  }

  /** The choice of columns, less those that rows have shown to be of no use. */
  private ColumnChoice choice(ColumnChoice read, int[] kept) {
    Features features = read.features();
    List<String> names = features.featureNames();
    Map<String, String> leftOut = new LinkedHashMap<>(read.leftOut());
    if (kept.length < features.width()) {
      String why = given.isPresent() ? ColumnChoice.NOT_IN_UNITS : ColumnChoice.ONE_VALUE;
      Set<Integer> left = IntStream.of(kept).boxed().collect(Collectors.toSet());
      IntStream.range(0, features.width())
          .filter(i -> !left.contains(i))
          .forEach(i -> leftOut.put(names.get(i), why));
    }
    return new ColumnChoice(
        features.isArray() ? features : features.keep(kept), leftOut, read.byPattern());
  }

  private long[] shape(int width) {
    return settings.shape().isEmpty()
        ? new long[] {width}
        : settings.shape().stream().mapToLong(Integer::longValue).toArray();
  }

  // ---- rows ------------------------------------------------------------------------------------

  private OrderedRows ordered(TableColumns columns) {
    int inputs = given.map(units -> units.scaling().width()).orElse(columns.inputs());
    try {
      return OrderedRows.of(table, settings, columns.choice().features(), rule, inputs);
    } catch (Exception e) { // Scala declares nothing checked.
      throw TableReader.whileReading(settings.source(), e);
    }
  }

  private List<TableSummary> summaries(JavaRDD<Tuple2<RowKey, Long>> sorted, TableSummary kind) {
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
    return summary.packed();
  }

  /** What to hold out; nothing, if the remaining rows would all be equal. */
  private HoldOut holdOut(TableSummary found) {
    if (found.rules.byColumn) {
      return found.heldOut.shareOfAll(settings.holdOut());
    }
    boolean oneRowIsLeft = IntStream.range(0, found.width()).allMatch(found.trained::isConstant);
    return oneRowIsLeft ? HoldOut.NONE : found.heldOut.share(settings.holdOut(), found.all.rows);
  }

  private static Map<Part, ShardCuts> cuts(
      List<TableSummary> summaries, RowParts parts, int inputs) {
    Map<Part, ShardCuts> cuts = new EnumMap<>(Part.class);
    for (Part part : Part.values()) {
      long[] rows = summaries.stream().mapToLong(found -> found.rows(parts, part)).toArray();
      ShardCuts cut = ShardCuts.of(rows);
      TableChecks.checkShardSizes(cut.sizes(), inputs);
      cuts.put(part, cut);
    }
    return cuts;
  }

  /** The rows to train on, cached. The sorted rows lie on disc: only packed rows are in memory. */
  private JavaRDD<RowBlock> packed(SortedRows rows) {
    context.setJobDescription(
        "packing "
            + Names.count(rows.ordered().shards(), "shard")
            + " of "
            + settings.source().describe());
    JavaRDD<RowBlock> blocks = rows.packed(Part.TRAINED).persist(StorageLevel.MEMORY_AND_DISK());
    try {
      blocks.count();
      return blocks;
    } catch (Throwable e) {
      KeptBlocks.release(blocks);
      throw e;
    }
  }

  // ---- notices ---------------------------------------------------------------------------------

  private List<String> notices(
      TableColumns columns,
      ColumnChoice used,
      SortedRows rows,
      JavaRDD<RowBlock> blocks,
      LoadedValues loaded) {
    TableSummary whole = loaded.found();
    LoadingNotices ofValues = new LoadingNotices(loaded);
    List<String> notices = new ArrayList<>();
    notices.add(used.describe());
    notices.addAll(columns.notices(rows.units().encodings()));
    notices.addAll(ofValues.ofMissing(rows.units()));
    settings
        .weight()
        .ifPresent(
            name ->
                notices.add("rows count by " + name + ", " + rows.meanWeight() + " on average"));
    notices.addAll(RowIndex.warnings(columns.choice(), whole.all));
    if (given.isEmpty()) {
      notices.addAll(ofValues.ofConstant());
      notices.addAll(ofValues.ofVaryingOnlyWhereHeldOut());
    }
    long onDisc = KeptBlocks.bytesOnDisc(blocks) >> 20;
    if (onDisc > 0) {
      notices.add(
          onDisc
              + " MB of the packed rows lie on disc, where every step that needs them reads them:"
              + " memory is too short; give the executors more, or in local[*] the driver");
    }
    long heldOut = rows.count(Part.HELD_OUT);
    notices.addAll(HoldOut.notices(settings.holdOut(), whole.all.rows, heldOut));
    long different = whole.heldOut.differentBelow(rows.parts().heldOut());
    notices.addAll(HoldOut.noticesOfCopies(settings.holdOut(), heldOut, different));
    if (rows.count(Part.LEFT_OUT) > 0) {
      notices.add(
          rows.count(Part.LEFT_OUT)
              + " more rows "
              + settings.holdOut().describe()
              + " are not used, beyond data.holdOut.most");
    }
    if (validation.isPresent()) {
      notices.add(LoadingNotices.ofValidation(whole.all.rows, rows.count(Part.VALIDATION)));
    }
    return notices;
  }
}
